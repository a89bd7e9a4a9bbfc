#!/usr/bin/env bash
# Restore a backup into an EMPTY database and an empty folder of files, and prove that it is the same.
#   deploy/restore.sh FOLDER/YYYYMMDDTHHMMSSZ     with web, worker and beat stopped
# Exit 1 and a line for each difference if the fingerprint afterwards is not the one of the backup.
set -euo pipefail
umask 027
backup=$(realpath "${1:?usage: deploy/restore.sh BACKUP}")
cd "$(dirname "$0")/.."
PATH=${PG_BIN:+$PG_BIN:}$PATH
: "${DATABASE_OWNER_URL:?}" "${CLAIR_FILES:?}" "${CLAIR_AUDIT_HEADS:?}"
export CLAIR_DATABASE_ROLE=owner

(cd "$backup" && sha256sum --check --quiet SHA256SUMS)

tables=$(psql "$DATABASE_OWNER_URL" --no-psqlrc --tuples-only --no-align \
    --command "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$tables" != 0 ]; then echo "restore: the database is not empty ($tables tables)" >&2; exit 2; fi
if [ -d "$CLAIR_FILES" ] && [ -n "$(ls -A "$CLAIR_FILES")" ]; then
    echo "restore: $CLAIR_FILES is not empty" >&2; exit 2
fi

# Rights are written anew below; extensions are there already, or the owner may make them.
pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --no-comments \
    --dbname "$DATABASE_OWNER_URL" "$backup/database.dump"
if [ -f "$backup/files.tar" ]; then
    mkdir -p "$CLAIR_FILES"
    tar --extract --file "$backup/files.tar" --directory "$CLAIR_FILES" --no-same-owner
fi
# Heads that were exported after the backup stay: they tell what the restored state lacks.
if [ -f "$backup/audit-heads.jsonl" ] && [ ! -e "$CLAIR_AUDIT_HEADS" ]; then
    mkdir -p "$(dirname "$CLAIR_AUDIT_HEADS")"
    cp -p "$backup/audit-heads.jsonl" "$CLAIR_AUDIT_HEADS"
fi
python manage.py grant_web_role
python manage.py fingerprint --compare "$backup/fingerprint.txt"
python manage.py verify_audit
