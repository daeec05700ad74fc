"""What only whoever has the server can do with accounts.

    console  ->  first_users, unlock, new_password, disable_user  ->  User, one-time password

Promise: each is recorded, with the actor `system`.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from habeas.errors import InputError, Place, Problem
from habeas.web.accounts import lockouts, people
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.refused import Refused
from habeas.web.accounts.roles import MAY, Act, Role
from habeas.web.trail.record import SYSTEM, record


def first_users(names: Sequence[str]) -> dict[str, str]:
    """Make the first administrators, and return the one-time password of each.

    At least two: every further role needs one who asks and another who approves. Each one's role is entered as
    approved by the next; that the console did it stands in the trail. Raises `InputError` for fewer, for a name
    that is taken or no name, and where two people can grant roles already.
    """
    if len(set(names)) < 2:
        raise _problem("first users", "two administrators are needed", "name two people")
    if len(_granters()) >= 2:
        raise _problem(
            "first users",
            "there are people who can grant roles",
            "ask two of them: " + ", ".join(sorted(_granters())),
        )
    with transaction.atomic():
        try:
            passwords = {name.strip().lower(): people.make_user(SYSTEM, name) for name in names}
        except Refused as refused:
            raise _problem("first users", str(refused), "choose other names") from None
        users = [User.objects.get(username=name) for name in passwords]
        for user, other in zip(users, [*users[1:], users[0]], strict=True):
            RoleGrant.objects.create(
                user=user,
                role=Role.ADMINISTRATOR,
                asked_by=user,
                approved_by=other,
                approved_at=timezone.now(),
            )
            detail = {"role": str(Role.ADMINISTRATOR), "on": "the console"}
            record(SYSTEM, "approve a role", f"user {user.username}", detail=detail)
    return passwords


def unlock(name: str) -> int:
    """Release a locked account for every source; returns how many lock-outs ended. Raises `InputError`."""
    return lockouts.release(_user(name).username, SYSTEM)


def new_password(name: str) -> str:
    """Give somebody a new one-time password, and return it; her factors go, her roles stay. Raises `InputError`."""
    user = _user(name)
    if user.is_active:
        return people.renew(SYSTEM, user, keep_roles=True)
    return people.enable(SYSTEM, user)


def disable_user(name: str) -> None:
    """Close an account and end its sessions. Raises `InputError`."""
    people.disable(SYSTEM, _user(name))


def _granters() -> set[str]:
    roles = MAY[Act.GRANT_ROLE]
    held = RoleGrant.objects.filter(
        role__in=roles, approved_at__isnull=False, ended_at__isnull=True, user__is_active=True
    )
    return set(held.values_list("user__username", flat=True))


def _user(name: str) -> User:
    user = User.objects.filter(username__iexact=name.strip()).first()
    if user is None:
        known = ", ".join(User.objects.values_list("username", flat=True)) or "none yet"
        raise _problem("user", f"there is no user `{name}`", f"users are: {known}")
    return user


def _problem(place: str, message: str, help_: str) -> InputError:
    return InputError(Problem(Place(place), message, help_))
