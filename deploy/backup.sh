#!/usr/bin/env bash
# Back up the database, the files and the audit's heads into FOLDER/YYYYMMDDTHHMMSSZ, whole or not at all.
#   deploy/backup.sh FOLDER        DATABASE_OWNER_URL, CLAIR_FILES, CLAIR_AUDIT_HEADS as for the portal
# While the portal runs: the dump is of one moment; the files come after it, and files are never
# changed, so every row of the dump has its file. Files in S3 are the bucket's own (versioning).
set -euo pipefail
umask 077
folder=$(realpath "${1:?usage: deploy/backup.sh FOLDER}")
cd "$(dirname "$0")/.."
PATH=${PG_BIN:+$PG_BIN:}$PATH

name=$(date -u +%Y%m%dT%H%M%SZ)
half=$folder/.$name.half
mkdir -p "$half"
trap 'rm -rf "$half"' EXIT

CLAIR_DATABASE_ROLE=owner python manage.py fingerprint --dump "$half/database.dump" >"$half/fingerprint.txt"
if [ -z "${CLAIR_S3_BUCKET:-}" ] && [ -d "${CLAIR_FILES:?}" ]; then
    tar --create --file "$half/files.tar" --directory "$CLAIR_FILES" .
fi
if [ -f "${CLAIR_AUDIT_HEADS:?}" ]; then cp -p "$CLAIR_AUDIT_HEADS" "$half/audit-heads.jsonl"; fi
(cd "$half" && sha256sum -- * >SHA256SUMS)
sync
mv "$half" "$folder/$name"
echo "$folder/$name"
