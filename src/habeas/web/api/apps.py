"""The application's name, for Django."""

from django.apps import AppConfig


class Api(AppConfig):
    """Tokens of other systems."""

    name = "habeas.web.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
