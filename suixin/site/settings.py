"""Django's settings, derived from `suixin.site.config`; nothing here is read from elsewhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from suixin.site.config import Config, config
from suixin.site.logs import settings_for

SUIXIN: Config = config
SITE = Path(__file__).resolve().parent
ROOT = SITE.parent.parent

SECRET_KEY = config.secret_key
DEBUG = config.debug
ALLOWED_HOSTS = list(config.hosts)
CSRF_TRUSTED_ORIGINS = list(config.origins)
CSRF_FAILURE_VIEW = "suixin.site.shell.pages.errors.forbidden"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "axes",
    "suixin.ground.files",
    "suixin.ground.audit",
    "suixin.ground.jobs",
    "suixin.ground.standards",
    "suixin.ground.people",
    "suixin.ground.notify",
    "suixin.ground.forms",
    "suixin.ground.search",
    "suixin.ground.link",
    "suixin.ground.flow",
    "suixin.data.catalog",
    "suixin.data.lake",
    "suixin.data.access",
    "suixin.data.quality",
    "suixin.data.collection",
    "suixin.data.doors",
    "suixin.data.doors.proxies",
    "suixin.data.doors.files",
    "suixin.data.sharing",
    "suixin.data.sharing.cascade",
    "suixin.data.opening",
    "suixin.data.insight",
    "suixin.services.items",
    "suixin.services.cases",
    "suixin.services.themes",
    "suixin.services.matters",
    "suixin.services.space",
    "suixin.site.shell",
]
AUTH_USER_MODEL = "people.Account"

MIDDLEWARE = [
    "suixin.site.tracing.Tracing",
    "suixin.site.watching.Watching",
    "suixin.site.shell.middleware.SecurityHeaders",
    "suixin.site.faults.JsonFaults",
    "suixin.ground.audit.refusals.Refusals",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "suixin.site.shell.residency.Residents",
    "suixin.site.shell.middleware.Language",
    "suixin.site.shell.middleware.ReadingView",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "suixin.site.shell.guards.SessionLimits",
    "suixin.site.shell.guards.AccessTokens",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "suixin.site.shell.middleware.PageErrors",
]
ROOT_URLCONF = "suixin.site.urls"
WSGI_APPLICATION = "suixin.site.wsgi.application"
APPEND_SLASH = True


def database(url: str) -> dict[str, Any]:  # Any: Django's own shape of a database setting
    """Django's entry for a database address: `sqlite:///PATH` or `postgresql://USER:WORD@HOST:PORT/NAME?sslmode=verify-full`.

    What stands after `?` goes to libpq, but for `prepare_threshold`: from which use on a statement is kept ready, `none` for a pooler
    that changes connections between transactions and knows nothing of kept statements. Without `options` there, just-in-time
    compilation and parallel plans are off: our questions are short, and compiling one, or starting processes for it, takes longer
    than answering it.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "TEST": {"NAME": str(config.home / "test.sqlite")},  # a file: tests use threads
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000; "
                "PRAGMA cache_size=-8000;",
            },
            "CONN_MAX_AGE": 60,  # a new connection reads the whole schema again, which takes longer than most questions
        }
    told = dict(parse_qsl(parts.query, keep_blank_values=True))
    word = told.pop("prepare_threshold", "3")
    ready = None if word == "none" else int(word)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": "-c jit=off -c max_parallel_workers_per_gather=0", **told, "prepare_threshold": ready},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # an entry of some hundred items is one form
DATABASES = {"default": database(config.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "suixin.ground.people.hashers.StartPasswordHasher",  # random start passwords only, until the first sign-in
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "suixin.ground.people.passwords.SimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "display_name", "email")}},
    {"NAME": "suixin.ground.people.passwords.LengthValidator"},
    {"NAME": "suixin.ground.people.passwords.CommonValidator"},
    {"NAME": "suixin.ground.people.passwords.KindsValidator"},
    {"NAME": "suixin.ground.people.passwords.HistoryValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "suixin.ground.people.lockout.LoginFailures"
AXES_USERNAME_CALLABLE = "suixin.ground.people.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "suixin.ground.people.lockout.address_of"
AXES_COOLOFF_TIME = timedelta(minutes=config.lockout_minutes)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # what comes while locked is not counted
AXES_DISABLE_ACCESS_LOG = True  # our audit log has it
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # no AxesMiddleware: the login page itself tells who is locked out
LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = "/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "suixin.site.shell.context.shell",
            ],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [SITE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [SITE / "static"]
STATIC_ROOT = config.home / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is not there
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = config.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = config.session_hours * 3600
SECURE_HSTS_SECONDS = 31_536_000 if config.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if config.https else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

Q_CLUSTER = {  # carries "run job N" only; state, leases, attempts and schedules are suixin.ground.jobs'
    "name": "suixin", "orm": "default", "workers": config.job_processes, "poll": 0.5, "bulk": 1, "queue_limit": 1,
    "retry": config.job_retry, "timeout": min(30, config.job_retry), "recycle": 100, "save_limit": -1, "scheduler": False,
    "ack_failures": True, "max_attempts": 1, "guard_cycle": 1, "log_level": "WARNING",
}

LOGGING = settings_for(config.log, has_access_lines=config.access_log)
