"""The application's name, for Django."""

from django.apps import AppConfig


class Trail(AppConfig):
    """What was done and seen, and by whom."""

    name = "habeas.web.trail"
    label = "trail"
    default_auto_field = "django.db.models.BigAutoField"
