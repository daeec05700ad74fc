"""Tokens by which other systems use the API.

    administrator  ->  tokens.make_token  ->  ApiToken (a digest)  ->  tokens.token_of  ->  the system's user

Promise: what opens the API is shown once and stored nowhere; a token ends by itself.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from habeas.web.accounts.models import User


class ApiToken(models.Model):
    """What a system sends instead of signing in.

    user        the account that it acts for: one of a system, never a person's
    prefix      its first letters, by which people tell tokens apart; not secret
    digest      SHA-256 of all of it, 64 hexadecimal digits
    purpose     what it is for, in words
    minute      the minute (of Unix time) in which it was last used, and `count`, how often in it
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    prefix = models.CharField(max_length=20, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    minute = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "api"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="api_token_expires", condition=Q(expires_at__gt=F("made_at"))
            ),
            models.CheckConstraint(name="api_token_of_another", condition=~Q(user=F("made_by"))),
        )

    def __str__(self) -> str:
        return self.prefix
