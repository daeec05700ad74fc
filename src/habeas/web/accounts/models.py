"""Users, the roles that two people granted them, and what sign-in remembers.

    User  ->  RoleGrant (asked for by one, approved by another)  ->  User.may(Act)
    sign-in  ->  Failure, Lockout, UsedCode

Promise: a role acts only once somebody else than who asked for it, and than whose it is, approved it; it is read
anew at every request.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from habeas.web.accounts.roles import MAY, Act, Role
from habeas.web.once import kept
from habeas.web.prepared import rows

_HELD = """
SELECT role FROM accounts_rolegrant
WHERE user_id = %(user)s AND approved_at IS NOT NULL AND ended_at IS NULL
"""
"""A user's roles; SQL, since every page and every act asks it."""


class User(AbstractUser):
    """Somebody who works here; signs in by her user name and a second factor.

    one_time_until   the password is one that somebody gave her, and opens nothing but setting her own until then;
                     None: she set it herself
    password_set_at  when she set it
    enabled_at       when the account was made, or enabled again
    """

    one_time_until = models.DateTimeField(null=True)
    password_set_at = models.DateTimeField(default=timezone.now)
    enabled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("username",)

    def roles(self) -> frozenset[Role]:
        """The roles that she has now; none where the account is not active."""
        return kept(("roles", self.pk), self._roles) if self.is_active else frozenset()

    def _roles(self) -> frozenset[Role]:
        return frozenset(Role(role) for (role,) in rows(_HELD, {"user": self.pk}))

    def may(self, act: Act) -> bool:
        """Whether one of her roles lets her do this."""
        return not MAY[act].isdisjoint(self.roles())

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class RoleGrant(models.Model):
    """A role of a user: asked for by one person, approved by another, until it ends."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Role])
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("user", "role", "pk")
        constraints = (
            models.CheckConstraint(
                name="role_grant_two_people",
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("asked_by")) & ~Q(approved_by=F("user"))),
            ),
            models.CheckConstraint(
                name="role_grant_approved_whole",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="role_grant_once",
                fields=("user", "role"),
                condition=Q(ended_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class Failure(models.Model):
    """A sign-in that failed; kept for as long as it counts towards a lock-out.

    account  a keyed digest of the user name that was typed: somebody may have typed her password there
    """

    account = models.CharField(max_length=64)
    source = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(name="failure_account", fields=("account", "source", "at")),)

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"


class Lockout(models.Model):
    """An account that can no longer be signed into from one source, until somebody releases it."""

    account = models.CharField(max_length=64)
    source = models.CharField(max_length=45)
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                name="lockout_once",
                fields=("account", "source"),
                condition=Q(released_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d %H:%M}"


class UsedCode(models.Model):
    """A code of an authenticator app that was used, by its number: it is taken once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(name="used_code_once", fields=("user", "number")),)

    def __str__(self) -> str:
        return str(self.number)
