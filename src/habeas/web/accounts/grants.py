"""Roles are granted by two people: one asks, another approves.

    ask  ->  RoleGrant  ->  approve  ->  end

Promise: nobody approves what she asked for, or a role of her own; the database refuses it too.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.refused import Refused
from habeas.web.accounts.roles import Act, Role
from habeas.web.trail.record import record


def ask(actor: User, user: User, role: Role) -> RoleGrant:
    """Ask that `user` gets a role. Raises `Refused` where it cannot be hers."""
    _may(actor)
    _fits(user, role)
    try:
        with transaction.atomic():
            grant = RoleGrant.objects.create(user=user, role=role, asked_by=actor)
            _record(actor, "ask for a role", grant)
    except IntegrityError:
        raise Refused(f"`{user.username}` has the role `{role}`, or it was asked for") from None
    return grant


def approve(actor: User, grant: RoleGrant) -> None:
    """Approve a role that somebody else asked for, for somebody else. It acts from now on."""
    _may(actor)
    with transaction.atomic():
        grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        if grant.ended_at is not None or grant.approved_at is not None:
            raise Refused("this was approved or ended already")
        if actor in (grant.asked_by, grant.user):
            raise Refused("somebody else has to approve: who asked, and whose role it is, cannot")
        _fits(grant.user, Role(grant.role))
        grant.approved_by, grant.approved_at = actor, timezone.now()
        grant.save()
        _record(actor, "approve a role", grant)


def end(actor: User, grant: RoleGrant) -> None:
    """End a role, or turn down one that was asked for."""
    _may(actor)
    with transaction.atomic():
        grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
        if grant.ended_at is not None:
            raise Refused("this was ended already")
        grant.ended_by, grant.ended_at = actor, timezone.now()
        grant.save()
        _record(actor, "end a role", grant)


def _may(actor: User) -> None:
    if not actor.may(Act.GRANT_ROLE):
        raise Refused("your roles do not let you grant a role")


def _fits(user: User, role: Role) -> None:
    """Administrators see no case: whoever is one has no other role."""
    if not user.is_active:
        raise Refused(f"the account of `{user.username}` is disabled")
    others = {Role(one.role) for one in user.role_grants.filter(ended_at__isnull=True)} - {role}
    if others and Role.ADMINISTRATOR in (role, *others):
        raise Refused("an administrator has no other role: end the one, then ask for the other")


def _record(actor: User, act: str, grant: RoleGrant) -> None:
    detail = {"role": grant.role, "grant": grant.pk}
    record(actor.username, act, f"user {grant.user.username}", detail=detail)
