# Four images from one file: `app` (web, worker, beat), `tools` (app and PostgreSQL's clients, for
# backups), `proxy` (nginx with the static files). docs/operations.md says how they are used.
ARG PYTHON_IMAGE=python:3.13-slim-trixie
ARG NGINX_IMAGE=nginxinc/nginx-unprivileged:1.28-alpine

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /app
RUN python -m venv /venv
# Before the sources, so that this layer is made anew only when the lock changes.
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
COPY . .
RUN /venv/bin/python tools/messages.py compile \
    && CLAIR_ENV=production SECRET_KEY=only-for-collectstatic CLAIR_BASE_URL=https://only-for-collectstatic CLAIR_STATIC_ROOT=/app/staticfiles \
       /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q /venv/lib /app

FROM ${PYTHON_IMAGE} AS app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CLAIR_ENV=production CLAIR_HOME=/data CLAIR_FILES=/data/files \
    CLAIR_AUDIT_HEADS=/data/heads/audit-heads.jsonl CLAIR_STATIC_ROOT=/app/staticfiles \
    GRANIAN_INTERFACE=wsgi GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 GRANIAN_WEBSOCKETS=false \
    GRANIAN_WORKERS=2 GRANIAN_BLOCKING_THREADS=4 GRANIAN_BACKPRESSURE=128 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true GRANIAN_LOG_LEVEL=warning
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin clair \
    && mkdir -p /data/files /data/heads /backup \
    && chown -R clair:clair /data /backup
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER clair
EXPOSE 8000
CMD ["granian", "clair.wsgi:application"]

FROM app AS tools
USER root
# pg_dump must be as new as the server; Debian's own is older.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
USER clair
CMD ["deploy/backup.sh", "/backup"]

FROM ${NGINX_IMAGE} AS proxy
COPY deploy/nginx/nginx.conf /etc/nginx/nginx.conf
COPY deploy/nginx/pages /srv/pages
COPY --from=build /app/staticfiles /srv/static

# The last stage is what `docker build .` makes.
FROM app
