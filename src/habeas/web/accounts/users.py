"""Pages about users: who works here, her roles, and what administrators do with accounts.

    request  ->  needs, fresh  ->  people, grants, lockouts  ->  page

Promise: every act here asks for the second factor again; a one-time password is shown once.
"""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from habeas.web.accounts import grants, lockouts, people
from habeas.web.accounts.guards import fresh, needs
from habeas.web.accounts.models import RoleGrant, User
from habeas.web.accounts.refused import Refused, refused_here
from habeas.web.accounts.roles import Act, Role


class NewUser(forms.Form):
    """Who shall work here."""

    username = forms.CharField(label="User name", max_length=150)
    first_name = forms.CharField(label="First name", max_length=150, required=False)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)


class NewRole(forms.Form):
    """Which role is asked for."""

    role = forms.ChoiceField(label="Role", choices=[(one.value, one.value) for one in Role])


@needs(Act.SEE_USERS)
def users(request: HttpRequest) -> HttpResponse:
    """Who works here, what is asked for, and who is locked out."""
    waiting = RoleGrant.objects.filter(approved_at__isnull=True, ended_at__isnull=True)
    shown = {
        "users": User.objects.prefetch_related("role_grants"),
        "waiting": waiting.select_related("user", "asked_by"),
        "locked": lockouts.locked_users(),
    }
    return render(request, "accounts/users.html", shown)


@needs(Act.SEE_USERS)
def user(request: HttpRequest, name: str) -> HttpResponse:
    """One user: her roles, now and before."""
    who = get_object_or_404(User, username=name)
    request.trail_about = f"user {name}"  # type: ignore[attr-defined]
    held = who.role_grants.select_related("asked_by", "approved_by", "ended_by")
    shown = {
        "who": who,
        "grants": held,
        "locked": name in lockouts.locked_users(),
        "form": NewRole(),
    }
    return render(request, "accounts/user.html", shown)


@needs(Act.CHANGE_USERS)
@fresh()
@sensitive_variables("password")
def new_user(request: HttpRequest) -> HttpResponse:
    """Make an account."""
    form = NewUser(request.POST or None)
    if request.method == "POST":
        if form.is_valid():
            try:
                password = people.make_user(_actor(request).username, **form.cleaned_data)
            except Refused as refused:
                form.add_error("username", str(refused))
            else:
                name = form.cleaned_data["username"].strip().lower()
                return _once(request, User.objects.get(username=name), password)
        refused_here(request)
    return render(request, "accounts/new_user.html", {"form": form})


@require_POST
@needs(Act.CHANGE_USERS)
@fresh()
def disable(request: HttpRequest, name: str) -> HttpResponse:
    """Close an account."""
    return _done(request, name, lambda who: people.disable(_actor(request).username, who))


@require_POST
@needs(Act.CHANGE_USERS)
@fresh()
def enable(request: HttpRequest, name: str) -> HttpResponse:
    """Open an account again."""
    return _password(request, name, people.enable)


@require_POST
@needs(Act.CHANGE_USERS)
@fresh()
def renew(request: HttpRequest, name: str) -> HttpResponse:
    """Give a new one-time password."""
    return _password(request, name, people.renew)


@require_POST
@needs(Act.CHANGE_USERS)
@fresh()
def unlock(request: HttpRequest, name: str) -> HttpResponse:
    """Release a locked account."""
    actor = _actor(request).username
    return _done(request, name, lambda who: lockouts.release(who.username, actor))


@require_POST
@needs(Act.GRANT_ROLE)
@fresh()
def ask_role(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for a role."""
    form = NewRole(request.POST)
    if not form.is_valid():
        request.trail_about = f"user {name}"  # type: ignore[attr-defined]
        _refused(request, "Choose a role.")
        return redirect("accounts_user", name=name)
    role = Role(form.cleaned_data["role"])
    return _done(request, name, lambda who: grants.ask(_actor(request), who, role))


@require_POST
@needs(Act.GRANT_ROLE)
@fresh()
def approve_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a role that somebody else asked for."""
    grant = get_object_or_404(RoleGrant, pk=pk)
    return _done(request, grant.user.username, lambda _: grants.approve(_actor(request), grant))


@require_POST
@needs(Act.GRANT_ROLE)
@fresh()
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role, or turn it down."""
    grant = get_object_or_404(RoleGrant, pk=pk)
    return _done(request, grant.user.username, lambda _: grants.end(_actor(request), grant))


def _actor(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


def _refused(request: HttpRequest, why: str) -> None:
    messages.error(request, why)
    refused_here(request)


def _done(request: HttpRequest, name: str, act: Callable[[User], object]) -> HttpResponse:
    """Do it, or say why not; then the user's page."""
    who = get_object_or_404(User, username=name)
    request.trail_about = f"user {name}"  # type: ignore[attr-defined]
    try:
        act(who)
    except Refused as refused:
        _refused(request, str(refused))
    return redirect("accounts_user", name=name)


@sensitive_variables("password")
def _password(request: HttpRequest, name: str, act: Callable[[str, User], str]) -> HttpResponse:
    who = get_object_or_404(User, username=name)
    request.trail_about = f"user {name}"  # type: ignore[attr-defined]
    try:
        password = act(_actor(request).username, who)
    except Refused as refused:
        _refused(request, str(refused))
        return redirect("accounts_user", name=name)
    return _once(request, who, password)


def _once(request: HttpRequest, who: User, password: str) -> HttpResponse:
    return render(request, "accounts/one_time.html", {"who": who, "password": password})
