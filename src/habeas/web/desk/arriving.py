"""A Form I-247A that comes as a file: read, compared by a person, and made a case; or set aside.

    file  ->  new_form  ->  Arrival  ->  form (each field beside its picture)  ->  arriving.accept  ->  the case's page

Promise: nothing that was read is a fact before somebody ticked it beside its picture; a file that cannot be read says
why, and is entered by hand; what came stays on the list until it is a case or was set aside.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

from habeas.reports.words import listed
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import arriving
from habeas.web.casework.errors import RefusedError
from habeas.web.casework.intake import Upload
from habeas.web.casework.models import Arrival, Original
from habeas.web.casework.safe import Kept, get
from habeas.web.desk.compared import CompareForm, initial_of, rows_of
from habeas.web.desk.forms import AsideForm, FormFileForm
from habeas.web.desk.listing import PAGE
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    Wrong,
    context,
    done,
    page,
    posted,
    refusals_to,
    source,
)
from habeas.web.desk.papers import saved
from habeas.web.desk.words import sentence
from habeas.web.trail.record import record
from habeas.web.uploads.confirming import fields_to_intake
from habeas.web.uploads.fields import NAMES, Field, Fields
from habeas.web.uploads.kinds import Kind
from habeas.web.uploads.limits import FORM_PAGES, SIZE
from habeas.web.uploads.picture import page_pictures
from habeas.web.uploads.reading import Uploaded, read_upload, scans
from habeas.web.uploads.refusals import UploadError, refuse

STATES = {"open": "To be confirmed", "case": "Made a case", "aside": "Set aside"}
"""Of a form that came, as the list filters."""

_READING = "reading"

_UNREADABLE = (
    "what was read of this form cannot be shown by this version",
    "enter what it says by hand, from the paper",
)

_LATE = "No case was made: this form is finished already, or has nothing to be confirmed."


@dataclass(frozen=True, slots=True)
class Read:
    """What is kept of reading a form.

    fields    as read; None where the PDF is none, or a scan
    scan      whether there is no text in it
    problems  message and help, each
    pages     width and height of each page that has a picture, in points
    """

    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    salt: str
    fields: Fields | None
    scan: bool
    problems: tuple[tuple[str, str], ...]
    pages: tuple[tuple[float, float], ...]

    def to_compare(self) -> Fields | None:
        """The fields that a person compares: of a scan all, none of them read."""
        if self.fields is None and self.scan:
            return Fields(tuple(Field(name) for name in NAMES))
        return self.fields


@page(Act.TAKE_IN, methods=BOTH)
def new_form(request: HttpRequest, user: User) -> HttpResponse:
    """Take a file, read it, and go on to the page on which it is compared."""
    form = FormFileForm(posted(request), request.FILES or None)
    if form.is_bound and form.is_valid():
        try:
            made = _arrive(request, user, form.cleaned_data["file"])
        except UploadError as error:
            (problem,) = error.problems
            why = {"why": problem.message[:200]}
            record(
                user.username,
                "upload a form",
                outcome="refused",
                source=source(request),
                detail=why,
            )
            form.add_error("file", f"{sentence(problem.message)} {sentence(problem.help)}")
        else:
            return redirect("desk:form", made.pk)
    return render(
        request,
        "desk/new_form.html",
        context(form, scans=scans()),
        status=REFUSED if form.is_bound else 200,
    )


def _arrive(request: HttpRequest, user: User, file: UploadedFile[Any]) -> Arrival:
    """Read a file and keep it. Raises `UploadError`: then nothing of it is kept."""
    name = str(file.name or "file")
    if (file.size or 0) > SIZE:
        raise refuse(name, "size")
    data = file.read()
    read = read_upload(data, name)
    if read.kind is not Kind.PDF:
        raise refuse(name, "no form")
    pictures = page_pictures(data, min(read.pages, FORM_PAGES), name)
    parts = {f"page-{number}": one.png for number, one in enumerate(pictures, 1)}
    sizes = tuple((one.width, one.height) for one in pictures)
    parts[_READING] = json.dumps(asdict(_read(read, sizes))).encode()
    upload = Upload(name, read.kind.value, data, read.scanned)
    return arriving.arrive(user, upload, parts, source=source(request))


def _read(read: Uploaded, sizes: tuple[tuple[float, float], ...]) -> Read:
    problems = tuple((one.message, one.help) for one in read.problems)
    scan = read.fields is None and "no text" in read.told
    return Read(secrets.token_hex(16), read.fields, scan, problems, sizes)


def _reading(arrival: Arrival) -> Read:
    found = arriving.part(arrival, _READING)
    try:
        return TypeAdapter(Read).validate_json(found or b"")
    except ValidationError:
        return Read("", None, False, (_UNREADABLE,), ())


def _about(request: HttpRequest, arrival: Arrival) -> None:
    request.trail_about = arriving.about(arrival)  # type: ignore[attr-defined]


@page(Act.TAKE_IN, methods=BOTH)
def form(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Each field beside its place in the picture; with all that is needed confirmed, a case."""
    arrival = get_object_or_404(Arrival.objects.select_related("case", "taken_by"), pk=pk)
    _about(request, arrival)
    read = _reading(arrival)
    fields = read.to_compare()
    if arrival.finished_at or fields is None:
        return _shown(request, arrival, read)
    if request.method == "POST":
        asked = CompareForm(fields, request.POST)
        if request.POST.get("do") == "keep":
            try:
                arriving.keep(user, arrival, asked.entered(), source=source(request))
            except RefusedError:
                return _shown(request, arrival, read)
            done(request, f"What you entered about form {arrival.pk} was kept. It is on this list.")
            return redirect("desk:forms")
        made = _made(request, user, arrival, fields, asked)
        return made or _shown(request, arrival, read, asked, fields)
    start = {"received_at": timezone.localtime(arrival.taken_at).replace(second=0, microsecond=0)}
    entered = initial_of(arriving.said(arrival))
    if entered:  # what was not ticked then is not ticked now
        start = entered
    return _shown(request, arrival, read, CompareForm(fields, initial=start), fields, bool(entered))


def _made(
    request: HttpRequest, user: User, arrival: Arrival, fields: Fields, asked: CompareForm
) -> HttpResponse | None:
    """Where a case was made, the way to it; else None, with the errors on the form, and what was entered kept."""
    if asked.is_valid():
        with refusals_to(asked, {one: f"c_{one}" for one in NAMES}):
            intake = fields_to_intake(fields, asked.confirmed())
            case = arriving.accept(user, arrival, intake, asked.entered(), source=source(request))
            left = asked.left_out()
            more = (
                f" Nobody confirmed these, so they are not in it: {listed(left)}." if left else ""
            )
            done(request, f"Case {case.number} was taken in from form {arrival.pk}.{more}")
            return redirect("desk:case", case.number)
    with suppress(RefusedError):  # somebody else finished it meanwhile: that is said already
        arriving.keep(user, arrival, asked.entered(), source=source(request))
    why = {"why": "not everything that is needed was confirmed"}
    record(
        user.username, "make a case of a form", arriving.about(arrival),
        outcome="refused", source=source(request), detail=why,
    )  # fmt: skip
    return None


def _shown(
    request: HttpRequest,
    arrival: Arrival,
    read: Read,
    asked: CompareForm | None = None,
    fields: Fields | None = None,
    kept: bool = False,
) -> HttpResponse:
    late = asked is None and request.method == "POST"
    groups = list(rows_of(asked, fields, read.pages)) if asked and fields else []
    rows = [one for _, some in groups for one in some]
    return render(
        request,
        "desk/form.html",
        context(
            asked,
            arrival=arrival,
            problems=[f"{sentence(one)} {sentence(help)}" for one, help in read.problems],
            scan=read.scan,
            groups=groups,
            kept=kept,
            pages=[(at, *size) for at, size in enumerate(read.pages, 1)],
            found=len([one for one in rows if one.part]),
            count=len(rows),
            same=_same(arrival),
            **({"wrongs": [Wrong(_LATE)]} if late else {}),
        ),
        status=REFUSED if late or (asked is not None and asked.is_bound) else 200,
    )


def _same(arrival: Arrival) -> list[str]:
    """Where the same file was before: numbers of cases, and of forms."""
    cases = Original.objects.filter(sha256=arrival.sha256).exclude(case=arrival.case)
    forms = Arrival.objects.filter(sha256=arrival.sha256, case=None).exclude(pk=arrival.pk)
    return [f"case {one.case.number}" for one in cases.select_related("case")] + [
        f"form {one.pk}" for one in forms
    ]


@page(Act.TAKE_IN)
def form_page(request: HttpRequest, user: User, pk: int, number: int) -> HttpResponse:
    """The picture of a page: made here, never bytes of the file."""
    arrival = get_object_or_404(Arrival, pk=pk)
    _about(request, arrival)
    png = arriving.part(arrival, f"page-{number}")
    if png is None:
        raise Http404
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "no-store"})


@page(Act.SEE_CASES)
def form_file(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The file as it came."""
    arrival = get_object_or_404(Arrival, pk=pk)
    _about(request, arrival)
    data = get(Kept(arrival.sha256, arrival.size, arrival.kept))
    return saved(data, arrival.file_name, arrival.media_type)


@page(Act.TAKE_IN, methods=BOTH)
def set_aside(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Say why no case is made of a form."""
    arrival = get_object_or_404(Arrival, pk=pk)
    _about(request, arrival)
    asked = AsideForm(posted(request))
    if asked.is_bound and asked.is_valid():
        with refusals_to(asked):
            arriving.set_aside(user, arrival, asked.cleaned_data["reason"], source=source(request))
            done(request, f"Form {arrival.pk} was set aside.")
            return redirect("desk:forms")
    return render(
        request,
        "desk/set_aside.html",
        context(asked, arrival=arrival),
        status=REFUSED if asked.is_bound else 200,
    )


@page(Act.SEE_CASES)
def forms(request: HttpRequest, user: User) -> HttpResponse:
    """Forms that came, the newest first: those that wait for somebody, unless others are asked for."""
    state = request.GET.get("state", "open")
    state = state if state in STATES or state == "all" else "open"
    q = request.GET.get("q", "").strip()[:200]
    found = Arrival.objects.select_related("case", "taken_by", "finished_by")
    if state == "open":
        found = found.filter(finished_at=None)
    elif state != "all":
        found = found.filter(finished_at__isnull=False, case__isnull=state == "aside")
    if q:
        found = found.filter(file_name__icontains=q)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = urlencode({"state": state, "q": q})
    more = {"forms": shown, "states": STATES, "state": state, "q": q, "query": query}
    return render(request, "desk/forms.html", more)
