"""The application's name, for Django."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """Users, roles and sign-in."""

    name = "habeas.web.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to sign-in."""
        from habeas.web.accounts import signals  # noqa: F401
