"""Papers: what came is downloaded, what left is downloaded and served, what is owed is finished.

    Original, Document, Task  ->  original, document, serve, finish  ->  bytes, or the case's page

Promise: a file is always saved and never shown: what came from outside runs nowhere.
"""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from habeas.errors import HabeasError
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework import answering
from habeas.web.casework.models import Document, Original, Task
from habeas.web.casework.safe import Kept, get
from habeas.web.desk.case import case_page
from habeas.web.desk.forms import ServiceForm, TaskForm
from habeas.web.desk.page import (
    BOTH,
    REFUSED,
    about,
    context,
    done,
    page,
    posted,
    refusals_to,
    source,
    told,
)


def saved(data: bytes, file_name: str, media_type: str) -> HttpResponse:
    """A file to be saved, under its name."""
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in file_name
    )
    return HttpResponse(
        data,
        content_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@page(Act.SEE_CASES)
def original(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A file as it came."""
    one = get_object_or_404(Original.objects.select_related("case"), pk=pk)
    about(request, one.case)
    try:
        data = get(Kept(one.sha256, one.size, one.kept))
    except HabeasError as error:
        return case_page(request, user, one.case, told(error))
    return saved(data, one.file_name, one.media_type)


@page(Act.SEE_CASES)
def document(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A paper that a release made."""
    one = get_object_or_404(
        Document.objects.select_related("release__answer__request__case"), pk=pk
    )
    case = one.release.answer.request.case
    about(request, case)
    try:
        data = get(Kept(one.sha256, one.size, one.kept))
    except HabeasError as error:
        return case_page(request, user, case, told(error))
    return saved(data, one.file_name, one.media_type)


@page(Act.SERVE, methods=BOTH)
def serve(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Record how a paper was handed over."""
    one = get_object_or_404(
        Document.objects.select_related("release__answer__request__case"), pk=pk
    )
    case = one.release.answer.request.case
    about(request, case)
    form = ServiceForm(posted(request))
    if form.is_bound and form.is_valid():
        with refusals_to(form):
            answering.serve(user, one, source=source(request), **form.cleaned_data)
            done(request, f"It was recorded what became of {one.file_name}.")
            return redirect("desk:case", case.number)
    return render(
        request,
        "desk/serve.html",
        context(form, document=one, case=case),
        status=REFUSED if form.is_bound else 200,
    )


@page(Act.SERVE, methods=BOTH)
def finish(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Say that something owed was done."""
    task = get_object_or_404(Task.objects.select_related("case", "request"), pk=pk)
    about(request, task.case)
    form = TaskForm(posted(request))
    if form.is_bound and form.is_valid():
        with refusals_to(form):
            answering.finish(user, task, form.cleaned_data["outcome"], source=source(request))
            done(request, f"“{task.kind.replace('_', ' ')}” is finished.")
            return redirect("desk:case", task.case.number)
    return render(
        request,
        "desk/finish.html",
        context(form, task=task, case=task.case),
        status=REFUSED if form.is_bound else 200,
    )
