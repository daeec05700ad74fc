"""Django's settings, from the office's file and its keys.

    office.yaml, HABEAS_KEYS  ->  settings  ->  Django

Promise: nothing secret is in the office's folder or in the database; what is not set is closed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from habeas.web.keys import read_keys
from habeas.web.office import this_office

_HERE = Path(__file__).parent
OFFICE = this_office()
KEYS = read_keys(OFFICE)

DEBUG = False
SECRET_KEY = KEYS.sessions
ALLOWED_HOSTS = [*OFFICE.hosts, "localhost", "127.0.0.1", "[::1]"]
TIME_ZONE, USE_TZ = OFFICE.time_zone, True
LANGUAGE_CODE, USE_I18N = "en", True
LANGUAGES = [("en", "English"), ("es", "Español")]
ROOT_URLCONF = "habeas.web.urls"
WSGI_APPLICATION = "habeas.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "habeas.web.accounts.apps.Accounts",
    "habeas.web.trail.apps.Trail",
    "habeas.web.casework.apps.Casework",
    "habeas.web.desk.apps.Desk",
    "habeas.web.api.apps.Api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "django_htmx",
]

MIDDLEWARE = [
    "habeas.web.accounts.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "habeas.web.trail.middleware.TrailMiddleware",
    "habeas.web.api.middleware.SignedInOrTokenMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "habeas.web.desk.context.desk",
            ],
        },
    }
]

# -- the database --------------------------------------------------------------------------------------


def _database(address: str) -> dict[str, Any]:
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": OFFICE.folder / "habeas.sqlite",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # Whoever writes takes the lock first: two who read and then write would else fail.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": KEYS.database or unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATABASES = {"default": _database(OFFICE.database)}

# -- sign-in -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "habeas.web.accounts.passwords.OwnWords", "OPTIONS": {"shortest": 15}},
]
PASSWORD_DAYS = OFFICE.password_days
NOTICE = OFFICE.notice

ACCOUNT_ADAPTER = "habeas.web.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "password1*",
    "password2*",
]  # nobody signs up; allauth checks it
ACCOUNT_FORMS = {"change_password": "habeas.web.accounts.forms.NewPasswordForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 15 * 60  # seconds between the first factor and the second
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds, before a factor is enrolled or removed
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Failures are counted in the database, by account and source; allauth would count by account alone.
ACCOUNT_RATE_LIMITS = {"login_failed": None}

MFA_ADAPTER = "habeas.web.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a device that checks who holds it
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds that a clock may be off
MFA_FORMS = {
    "authenticate": "habeas.web.accounts.forms.CodeForm",
    "reauthenticate": "habeas.web.accounts.forms.CodeAgainForm",
    "activate_totp": "habeas.web.accounts.forms.EnrolCodeForm",
    "authenticate_webauthn": "habeas.web.accounts.forms.PasskeyForm",
    "login_webauthn": "habeas.web.accounts.forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "habeas.web.accounts.forms.PasskeyAgainForm",
    "add_webauthn": "habeas.web.accounts.forms.EnrolPasskeyForm",
}

AXES_HANDLER = "habeas.web.accounts.lockouts.Handler"
AXES_CLIENT_IP_CALLABLE = "habeas.web.accounts.source.source_of"
AXES_LOCKOUT_CALLABLE = "habeas.web.accounts.pages.locked_page"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

# -- what browsers are told ----------------------------------------------------------------------------

CLAMD_SOCKET = OFFICE.clamd
STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nothing of the desk is for pages of others
WHITENOISE_USE_FINDERS = True  # served as they lie in the package: nothing has to be collected
STATICFILES_DIRS = [_HERE / "static"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "habeas.web.accounts.pages.form_refused"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# An office that is served under a name is served over HTTPS. A demonstration, and one for this machine alone, is
# served to this machine over HTTP, where browsers take no such cookie.
_HTTPS = bool(OFFICE.hosts) and not OFFICE.demo
_HOST = "__Host-" if _HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}session", f"{_HOST}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE, CSRF_COOKIE_SAMESITE = "Lax", "Strict"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds; the middleware ends a session by its own clock
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
# W021: to have a name preloaded into browsers is for whoever owns the domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
