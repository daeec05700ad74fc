"""Pages that several parts of sign-in show.

    request  ->  locked_page  ->  response

Promise: what is said of a lock-out is the same whether the account exists or not.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def locked_page(request: HttpRequest, *_: Any) -> HttpResponse:
    """That this account is locked for this place, and who can release it."""
    return render(request, "accounts/locked.html", status=403)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """That a form was not sent from a page of ours, or from one that is too old."""
    return render(request, "accounts/form_refused.html", status=403)
