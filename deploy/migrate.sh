#!/bin/sh
# Bring tables, rights and the plan to the state of this version; may be repeated at every start.
set -eu
cd "$(dirname "$0")/.."
python manage.py migrate --no-input
CLAIR_DATABASE_ROLE=owner python manage.py grant_web_role
python manage.py load_reference
python manage.py load_plan
python manage.py check --deploy --fail-level WARNING
