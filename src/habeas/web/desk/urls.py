"""The desk's addresses."""

from __future__ import annotations

from django.urls import path

from habeas.web.desk import (
    arriving,
    case,
    confirming,
    correcting,
    deciding,
    lists,
    overview,
    papers,
    taking,
    tokens,
)

app_name = "desk"
urlpatterns = [
    path("", lists.today, name="today"),
    path("cases/", lists.cases, name="cases"),
    path("cases/table.csv", lists.cases_csv, name="cases_csv"),
    path("cases/new/", taking.new_case, name="new_case"),
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/<int:position>/facts/", deciding.facts, name="facts"),
    path("cases/<str:number>/<int:position>/facts/<str:path>/", deciding.fact, name="fact"),
    path(
        "cases/<str:number>/<int:position>/facts/<str:path>/back/",
        deciding.take_back,
        name="take_back",
    ),
    path("cases/<str:number>/<int:position>/confirm/", confirming.confirm, name="confirm"),
    path("cases/<str:number>/<int:position>/prepare/", deciding.prepare, name="prepare"),
    path("answers/<int:pk>/people/", deciding.ways, name="ways"),
    path("answers/<int:pk>/sign/", deciding.sign, name="sign"),
    path("answers/<int:pk>/release/", deciding.release, name="release"),
    path("items/<int:pk>/choose/", deciding.choose, name="choose"),
    path("documents/<int:pk>/", papers.document, name="document"),
    path("documents/<int:pk>/served/", papers.serve, name="serve"),
    path("originals/<int:pk>/", papers.original, name="original"),
    path("tasks/<int:pk>/done/", papers.finish, name="finish"),
    path("forms/", arriving.forms, name="forms"),
    path("forms/new/", arriving.new_form, name="new_form"),
    path("forms/<int:pk>/", arriving.form, name="form"),
    path("forms/<int:pk>/pages/<int:number>.png", arriving.form_page, name="form_page"),
    path("forms/<int:pk>/file/", arriving.form_file, name="form_file"),
    path("forms/<int:pk>/aside/", arriving.set_aside, name="set_aside"),
    path("communications/new/", taking.new_communication, name="new_communication"),
    path("communications/<int:pk>/", taking.communication, name="communication"),
    path("incidents/", overview.incidents, name="incidents"),
    path("incidents/<int:pk>/close/", overview.close_incident, name="close_incident"),
    path("corrections/", correcting.corrections, name="corrections"),
    path("corrections/new/", correcting.new_correction, name="new_correction"),
    path("corrections/<int:pk>/", correcting.correction, name="correction"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/new/", tokens.new_token, name="new_token"),
    path("tokens/<int:pk>/end/", tokens.end_token, name="end_token"),
    path("trail/", overview.trail, name="trail"),
    path("law/", overview.law, name="law"),
    path("law/<int:pk>/sign/", overview.sign_law, name="sign_law"),
]
