"""What browsers are told with every answer, errors among them.

    response  ->  HeadersMiddleware  ->  response

Promise: nothing is loaded from elsewhere, no page is framed, nothing inline runs, no copy is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""The content security policy."""

_CLOSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
PERMISSIONS = ", ".join(
    [f"{one}=()" for one in _CLOSED]
    + ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"]
)

EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer; `Cache-Control` and `Strict-Transport-Security` come on top."""


_NEVER = ("TRACE", "TRACK", "CONNECT")
"""Methods that no address takes."""

_PROGRAMS = ("/api/", "/.well-known/")
"""Where programs ask: none is sent on from HTTP to HTTPS, else nobody would notice what it sends in the open."""

_PLAIN = "Ask by HTTPS. A token that was sent here was sent in the open: revoke it.\n"
_TEXT = "text/plain; charset=utf-8"


class HeadersMiddleware:
    """Sets the headers. Stands first, so that answers of all others have them too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        static = request.path_info.startswith(settings.STATIC_URL)
        response: HttpResponseBase
        if request.method in _NEVER:
            response = HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED)
        elif (
            settings.SECURE_SSL_REDIRECT
            and request.path_info.startswith(_PROGRAMS)
            and not request.is_secure()
        ):
            response = HttpResponse(_PLAIN, status=HTTPStatus.FORBIDDEN, content_type=_TEXT)
        else:
            response = self.get_response(request)
        for name, value in EVERYWHERE.items():
            response[name] = value
        if not (static and response.status_code in (200, 206, 304)):
            response["Cache-Control"] = "no-store"
        return response
