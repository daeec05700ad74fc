"""The application's name, for Django."""

from django.apps import AppConfig


class Desk(AppConfig):
    """The pages of the records desk."""

    name = "habeas.web.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
