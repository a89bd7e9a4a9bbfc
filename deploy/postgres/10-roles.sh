#!/usr/bin/env bash
# The database and its two roles; the postgres image runs it once, on an empty data folder.
# What clair/embedded/postgres.py does for `make run`. The passwords come from the environment.
set -euo pipefail
: "${CLAIR_OWNER_PASSWORD:?}" "${CLAIR_WEB_PASSWORD:?}"

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password CLAIR_OWNER_PASSWORD
\getenv web_password CLAIR_WEB_PASSWORD
CREATE ROLE clair_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD :'owner_password';
CREATE ROLE clair_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD :'web_password';
CREATE DATABASE clair OWNER clair_owner;
REVOKE ALL ON DATABASE clair FROM PUBLIC;
GRANT CONNECT ON DATABASE clair TO clair_web;
SQL

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname clair <<'SQL'
ALTER SCHEMA public OWNER TO clair_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO clair_web;
CREATE EXTENSION pg_trgm SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA public;
CREATE EXTENSION unaccent SCHEMA public;
ALTER DEFAULT PRIVILEGES FOR ROLE clair_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO clair_web;
ALTER DEFAULT PRIVILEGES FOR ROLE clair_owner GRANT USAGE, SELECT ON SEQUENCES TO clair_web;
-- LC_CTYPE=C would make every Japanese search a full scan, silently.
SELECT 1 / least(1, cardinality(show_trgm('多文化共生'))) AS japanese_can_be_searched;
SQL
