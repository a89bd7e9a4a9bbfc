"""Healthcheck: exit 0 if the address answers 200. `python deploy/ask.py http://127.0.0.1:8000/healthz`"""

import os
import sys
import urllib.request

# Web answers only to the names it knows.
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]
request = urllib.request.Request(sys.argv[1], headers={"Host": host})  # noqa: S310 - our own
try:
    with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310
        sys.exit(response.status != 200)
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
