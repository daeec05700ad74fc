"""The application's name, for Django."""

from django.apps import AppConfig


class Casework(AppConfig):
    """Cases, from intake to answer."""

    name = "habeas.web.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"
