"""The least that the launcher's processes need."""

from pathlib import Path

import environ

env = environ.Env()
CLAIR_HOME = Path(env.str("CLAIR_HOME"))
DEMO = env.bool("CLAIR_DEMO")
SECRET_KEY = "stand-in"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROLE = (
    "DATABASE_OWNER_URL"
    if env.str("CLAIR_DATABASE_ROLE", default="") == "owner"
    else "DATABASE_URL"
)
DATABASES = {"default": env.db_url(ROLE)}
CELERY_BROKER_URL = REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
