"""One settings module, driven by the environment (docs/operations.md lists every variable)."""

import os
import secrets
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Where the embedded servers, files and the secret key live when nothing else is set.
CLAIR_HOME = Path(env.str("CLAIR_HOME", default=str(BASE_DIR / "var")))
CLAIR_ENV = env.str("CLAIR_ENV", default="development")
PRODUCTION = CLAIR_ENV == "production"
if not PRODUCTION and (CLAIR_HOME / "embedded.env").exists():
    if "DATABASE_URL" in os.environ:  # your own server: never its owner from the embedded one
        os.environ.setdefault("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
    env.read_env(CLAIR_HOME / "embedded.env")

DEMO = env.bool("CLAIR_DEMO", default=False)
DEMO_PASSWORD = env.str("CLAIR_DEMO_PASSWORD", default="clair-demo-2021")
HTTPS = env.bool("CLAIR_HTTPS", default=PRODUCTION)
STAFF_MFA_OPTIONAL = DEMO and env.str("CLAIR_STAFF_MFA", default="required") == "optional"
if PRODUCTION and DEMO:
    raise ImproperlyConfigured(
        "CLAIR_ENV=production refuses to start with CLAIR_DEMO=1: demo passwords and keys are "
        "public. Unset CLAIR_DEMO."
    )


def _secret_key() -> str:
    """Return the key from the environment; outside production make and keep one."""
    if PRODUCTION:
        return env.str("SECRET_KEY")
    kept = CLAIR_HOME / "secret.key"
    if not (env.str("SECRET_KEY", default="") or kept.exists()):
        CLAIR_HOME.mkdir(parents=True, exist_ok=True)
        kept.touch(0o600)
        kept.write_text(secrets.token_urlsafe(64))
    return env.str("SECRET_KEY", default="") or kept.read_text()


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("CLAIR_ENV=production refuses DEBUG=1: error pages would show data.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
if PRODUCTION and not env.str("CLAIR_BASE_URL", default="").startswith("http"):
    raise ImproperlyConfigured(
        "CLAIR_ENV=production refuses to start without CLAIR_BASE_URL: links in mails, letters and "
        "QR codes would lead to localhost. Set it to the portal's address, such as "
        "https://portal.example.jp, for web, worker and beat alike."
    )
BASE_URL = env.str("CLAIR_BASE_URL", default=f"http://localhost:{env.str('PORT', default='8000')}")

AREA_APPS: list[str] = []
INSTALLED_APPS = [
    "clair.apps.ClairConfig",
    "clair.apps.ClairAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "csp",
    "core",
    "accounts",
    "approvals",
    "programs",
    "finance",
    "correspondence",
    "grants",
    *AREA_APPS,
]
MIDDLEWARE = [
    "core.middleware.RequestIdMiddleware",
    "clair.metrics.MetricsMiddleware",
    "accounts.middleware.ApiLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
]
ROOT_URLCONF = "clair.urls"
WSGI_APPLICATION = "clair.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.portal",
            ]
        },
    }
]

DATABASE_ROLE = env.str("CLAIR_DATABASE_ROLE", default="web")
_database_url = "DATABASE_OWNER_URL" if DATABASE_ROLE == "owner" else "DATABASE_URL"
DATABASES = {
    "default": env.db_url(
        _database_url,
        default=env.str("DATABASE_URL", default="postgresql://clair_web@127.0.0.1:5432/clair"),
    )
}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
# For core.api.listing alone: Django's own cursors bind on our side and prepare nothing.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5
WEB_ROLE = env.str("CLAIR_WEB_ROLE", default="clair_web")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The timeout must exceed the longest task; the throttle makes redelivery prompt (stack.md B).
# One quick retry: an act must not wait for a broker that is away; the sweeps do without it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 3,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = "Asia/Tokyo"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "plan"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts come by invitation, which proves the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # the address is the login; it changes by invitation
ACCOUNT_RATE_LIMITS = {
    "login": "200/m/ip",
    "login_failed": "10/m/ip,5/15m/key",
    "reset_password": "20/m/ip,5/m/key",
}
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "clair"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

LEAVER_GRACE_DAYS = env.int("CLAIR_LEAVER_GRACE_DAYS", default=0)  # after the last day on a post
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked for inside the network
# Whose X-Forwarded-For is believed: limits by address must not count everybody as the proxy.
TRUSTED_PROXIES = env.int("CLAIR_TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
METRICS_TOKEN = env.str("CLAIR_METRICS_TOKEN", default="")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "/static/"
# Collected in the image only; elsewhere the finders serve from the sources.
STATIC_ROOT = env.str("CLAIR_STATIC_ROOT", default="staticfiles" if PRODUCTION else "") or None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = env.str("CLAIR_FILES", default=str(CLAIR_HOME / "files"))
S3_BUCKET = env.str("CLAIR_S3_BUCKET", default="")
STORED_FILES: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
if S3_BUCKET:  # downloads still go through us, so the bucket stays private
    STORED_FILES = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("CLAIR_S3_ENDPOINT", default="") or None,
            "region_name": env.str("CLAIR_S3_REGION", default="") or None,
            "access_key": env.str("CLAIR_S3_ACCESS_KEY", default="") or None,
            "secret_key": env.str("CLAIR_S3_SECRET_KEY", default="") or None,
            "addressing_style": env.str("CLAIR_S3_ADDRESSING", default="path"),
            "signature_version": "s3v4",
            "file_overwrite": False,
        },
    }
STORAGES = {
    "default": STORED_FILES,
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
        # The image's builder writes them; web and nginx, other users, read them.
        "OPTIONS": {"file_permissions_mode": 0o644},
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
UPLOAD_MAX_BYTES = env.int("CLAIR_UPLOAD_MAX_BYTES", default=50 * 1024 * 1024)
CLAMD_URL = env.str("CLAMD_URL", default="")

EMAIL_BACKEND = "core.mail.DemoMailbox" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
vars().update(env.email_url("EMAIL_URL", default="smtp://127.0.0.1:25") if not DEMO else {})
DEMO_MAIL_DIR = CLAIR_HOME / "mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("CLAIR_MAIL_FROM", default="clair@clair.example")
EMAIL_TIMEOUT = 20

CORE_SYSTEM_ACTOR = "accounts.actors.system_actor"
AUDIT_HEAD_FILE = Path(env.str("CLAIR_AUDIT_HEADS", default=str(CLAIR_HOME / "audit-heads.jsonl")))

# Pages in the menu of whoever outside holds a post of the role: page, role, words.
NAVIGATION_BY_ROLE = (("grants:review-list", "reviewer", _("Reviews")),)
# Days that personal data is kept, by model, where the portal's own are not meant (core.purge).
RETENTION_DAYS = env.json("CLAIR_RETENTION_DAYS", default={})
# Seconds that the mails of a decision wait, so that a wrong click can be undone.
NOTICE_GRACE = env.int("CLAIR_NOTICE_GRACE", default=60)

API_REQUESTS_PER_MINUTE = env.int("CLAIR_API_REQUESTS_PER_MINUTE", default=600)
API_PUBLIC_REQUESTS_PER_MINUTE = env.int("CLAIR_API_PUBLIC_REQUESTS_PER_MINUTE", default=120)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.limits.CallerThrottle"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.ModelPermission"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.listing.RowsRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.api.paging.CursorPaging",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "core.api.problems.problem_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# The account from which CLAIR transfers, as its bank registered it (総合振込; finance/zengin.py).
ZENGIN_REQUESTER = {
    "code": env.str("ZENGIN_CODE", "0000000000"),
    "name": env.str("ZENGIN_NAME", "ｻﾞｲ)ｼﾞﾁﾀｲｺｸｻｲｶｷﾖｳｶｲ"),
    "bank_code": env.str("ZENGIN_BANK_CODE", "0000"),
    "bank_name": env.str("ZENGIN_BANK_NAME", ""),
    "branch_code": env.str("ZENGIN_BRANCH_CODE", "000"),
    "branch_name": env.str("ZENGIN_BRANCH_NAME", ""),
    "account_type": env.str("ZENGIN_ACCOUNT_TYPE", "1"),
    "number": env.str("ZENGIN_ACCOUNT", "0000000"),
}
ZENGIN_LINE_ENDS = env.bool("ZENGIN_LINE_ENDS", True)

SPECTACULAR_SETTINGS = {
    "TITLE": "clair API",
    "DESCRIPTION": "Programmes of the Council of Local Authorities for International Relations.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/(?:v1|jgrants/v1/public)/",
    "COMPONENT_SPLIT_REQUEST": True,
    # A name for each list of choices that several records call "kind".
    "ENUM_NAME_OVERRIDES": {
        "OrganizationKindEnum": "accounts.models.Organization.Kind",
        "ApprovalStepKindEnum": "approvals.models.ApprovalStep.Kind",
        "BudgetLineKindEnum": "grants.models.BudgetLine.Kind",
        "BankAccountKindEnum": "finance.models.BankAccount.Kind",
        "InterestKindEnum": ["surcharge", "arrears"],
        "PaymentKindEnum": "finance.models.Payment.Kind",
        "RepaymentKindEnum": "finance.models.Repayment.Kind",
        "ChangeKindEnum": "grants.models.ChangeRequest.Kind",
        "AwardStatusEnum": "grants.models.Award.Status",
        "DisposalMannerEnum": "grants.models.DisposalRequest.Manner",
        "ExportFormatEnum": ["csv", "xlsx"],
        "MessageKindEnum": "correspondence.models.Message.Kind",
        "SideEnum": "correspondence.models.Side",
        "WaitingForEnum": "correspondence.models.Thread.Waiting",
        "RangeOperatorEnum": ["between", "outside"],
        "ArrayOperatorEnum": ["in", "notIn"],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "filters": {"request_id": {"()": "core.logs.RequestIdFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# How CLAIR signs its letters; the name is set where the portal really runs.
CLAIR_NAME = env.str("CLAIR_NAME", default="一般財団法人自治体国際化協会")
CLAIR_SENDER_TITLE = env.str("CLAIR_SENDER_TITLE", default="理事長")
CLAIR_SENDER_NAME = env.str("CLAIR_SENDER_NAME", default="（例）国際　太郎" if DEMO else "")

# Open data (360Giving): the publisher's prefix, its corporate number, and the licence of the data.
GRANT_ID_PREFIX = env.str("CLAIR_GRANT_ID_PREFIX", default="360G-CLAIR-")
CLAIR_CORPORATE_NUMBER = env.str("CLAIR_CORPORATE_NUMBER", default="")
OPEN_DATA_LICENSE = env.str(
    "CLAIR_OPEN_DATA_LICENSE", default="https://creativecommons.org/licenses/by/4.0/"
)
