"""The addresses of sign-in: those of allauth's pages that an office needs, and our own.

    address  ->  view

Promise: what is not here does not exist: no sign-up, no e-mail, no password sent by mail.
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path

from habeas.web.accounts import users, views

_change = login_required(views.ChangePassword.as_view())

urlpatterns: list[URLPattern] = [
    path("notice/", views.notice, name="accounts_notice"),
    path("still/", views.still, name="accounts_still"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", _change, name="account_change_password"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("enrol/", views.enrol, name="accounts_enrol"),
    path("factors/", mfa.index, name="mfa_index"),
    path("factors/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("factors/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("factors/app/", views.EnrolApp.as_view(), name="mfa_activate_totp"),
    path("factors/app/qr.svg", views.qr, name="accounts_qr"),
    path("factors/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("factors/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("factors/passkeys/add/", views.EnrolPasskey.as_view(), name="mfa_add_webauthn"),
    path("factors/passkeys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "factors/passkeys/reauthenticate/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("factors/passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path(
        "factors/passkeys/<int:pk>/remove/",
        views.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("users/", users.users, name="accounts_users"),
    path("users/new/", users.new_user, name="accounts_new_user"),
    path("users/of/<str:name>/", users.user, name="accounts_user"),
    path("users/of/<str:name>/disable/", users.disable, name="accounts_disable"),
    path("users/of/<str:name>/enable/", users.enable, name="accounts_enable"),
    path("users/of/<str:name>/renew/", users.renew, name="accounts_renew"),
    path("users/of/<str:name>/unlock/", users.unlock, name="accounts_unlock"),
    path("users/of/<str:name>/roles/", users.ask_role, name="accounts_ask_role"),
    path("roles/<int:pk>/approve/", users.approve_role, name="accounts_approve_role"),
    path("roles/<int:pk>/end/", users.end_role, name="accounts_end_role"),
]
