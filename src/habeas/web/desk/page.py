"""What every page of the desk keeps: only who may sees it, and what is refused is said on the page.

    request  ->  page(Act, …)  ->  view(request, user, …)  ->  response, or 403 in plain words

Promise: a page that names no act is shown to nobody; an act that is refused leaves its reason on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from habeas.errors import HabeasError
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.accounts.source import source_of
from habeas.web.casework.errors import NotAllowedError
from habeas.web.casework.models import Case
from habeas.web.desk.words import sentence
from habeas.web.once import once

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]
Shown = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

BOTH = ("GET", "HEAD", "POST")
"""How a page with a form is asked for and sent."""

REFUSED = 422
"""The status of a page that says what is wrong with what was sent."""


class Wrong(NamedTuple):
    """Something that is wrong, as the summary at a page's top lists it; `at` is the field's id, or empty."""

    text: str
    at: str = ""


def page(*acts: Act, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], Shown[P]]:
    """A view for whoever may do one of these acts; it is given the user. Everybody else gets 403."""

    def decorated(view: View[P]) -> Shown[P]:
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not any(user.may(one) for one in acts):
                return forbidden(request, acts)
            try:
                return view(request, user, *args, **kwargs)
            except NotAllowedError:
                return forbidden(request, acts)
            except HabeasError as error:
                return trouble(request, error)

        @wraps(view)
        def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in ("GET", "HEAD"):
                return answered(request, *args, **kwargs)
            with once():
                return answered(request, *args, **kwargs)

        return require_http_methods([*methods])(shown)

    return decorated


def forbidden(request: HttpRequest, acts: tuple[Act, ...] = ()) -> HttpResponse:
    """The page that says that this is not for the reader."""
    return render(request, "desk/forbidden.html", {"acts": [str(one) for one in acts]}, status=403)


def trouble(request: HttpRequest, error: HabeasError) -> HttpResponse:
    """The page that says that law or records cannot be read, and what would help."""
    return render(request, "desk/trouble.html", {"wrongs": told(error)}, status=503)


def about(request: HttpRequest, case: Case | None) -> None:
    """Say to the trail which case a page is of."""
    if case is not None:
        request.trail_about = f"case {case.number}"  # type: ignore[attr-defined]


def source(request: HttpRequest) -> str:
    """The address that a request came from."""
    return source_of(request)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, also where that is nothing; None where nothing was sent."""
    return request.POST if request.method == "POST" else None


def done(request: HttpRequest, text: str) -> None:
    """Say on the next page what was done."""
    messages.success(request, text)


def told(error: HabeasError) -> list[Wrong]:
    """What an error says, with its help."""
    return [Wrong(f"{sentence(one.message)} {sentence(one.help)}") for one in error.problems]


def wrongs(form: BaseForm) -> list[Wrong]:
    """Every error of a form, each with the id of its field."""
    made = [Wrong(str(one)) for one in form.non_field_errors()]
    for bound in form:
        first = f"{bound.id_for_label or bound.auto_id}"
        if getattr(bound.field.widget, "use_fieldset", False):
            first = f"{bound.auto_id}_0"
        made += [Wrong(str(one), first) for one in bound.errors]
    return made


def to_fields(form: BaseForm, error: HabeasError, names: dict[str, str] | None = None) -> None:
    """Put an error's problems to the fields that they are about; `names`: places that are called otherwise."""
    for one in error.problems:
        place = (names or {}).get(one.place.path, one.place.path)
        form.add_error(
            place if place in form.fields else None,
            f"{sentence(one.message)} {sentence(one.help)}",
        )


@contextmanager
def refusals_to(form: BaseForm, fields: dict[str, str] | None = None) -> Iterator[None]:
    """What is refused within is said on the form, and the page goes on after it.

    fields  to its fields, as `to_fields` does; left out: to the form as a whole

    Whoever may not do it at all gets 403 from `page`.
    """
    try:
        yield
    except NotAllowedError:
        raise
    except HabeasError as error:
        if fields is not None:
            to_fields(form, error, fields)
        else:
            for wrong in told(error):
                form.add_error(None, wrong.text)


def context(form: BaseForm | None = None, **more: Any) -> dict[str, Any]:
    """What a page with a form is given."""
    return {
        "form": form,
        "wrongs": wrongs(form) if form is not None and form.is_bound else [],
        **more,
    }
