"""Where a request comes from.

    request  ->  source_of  ->  address

Promise: nobody outside this machine chooses what is written here.
"""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """The address that a request came from; empty where the server does not say.

    An office that is served under a name of its own stands behind a proxy on this machine: the last address that
    the proxy wrote into `X-Forwarded-For` is the one that it saw. Of everybody else the header is not believed.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if settings.OFFICE.hosts and peer and ip_address(peer).is_loopback:
        return _address(request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]) or peer
    return peer


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
