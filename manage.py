#!/usr/bin/env python
"""Django's command line; commands that change the schema run as the owning database role."""

import os
import sys

from django.core.management import execute_from_command_line

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "flush", "showmigrations"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clair.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["CLAIR_DATABASE_ROLE"] = "owner"
    execute_from_command_line(sys.argv)
