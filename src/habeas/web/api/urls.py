"""The API's addresses, under /api/."""

from __future__ import annotations

from django.urls import path

from habeas.web.api import authzen
from habeas.web.api.main import api

urlpatterns = [
    path("access/v1/evaluation", authzen.evaluation, name="authzen_evaluation"),
    path("access/v1/evaluations", authzen.evaluations, name="authzen_evaluations"),
    path(".well-known/authzen-configuration", authzen.configuration, name="authzen_configuration"),
    path("", api.urls),
]
