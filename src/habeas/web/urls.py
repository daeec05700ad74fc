"""Where pages are.

address  ->  view
"""

from __future__ import annotations

from django.urls import include, path

from habeas.web.api import authzen

urlpatterns = [
    path("account/", include("habeas.web.accounts.urls")),
    path("api/", include("habeas.web.api.urls")),
    # Where AuthZEN looks for it: the path of the API comes last.
    path(".well-known/authzen-configuration/api", authzen.configuration),
    path("", include("habeas.web.desk.urls")),
]
