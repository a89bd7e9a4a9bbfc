# Two commands matter: `make run` and `make test`. Both need only git, make and Python >= 3.11.
# PORT, HOST, CLAIR_HOME, DATABASE_URL, REDIS_URL: see README.md. PYTEST_ARGS goes to pytest.

LOCK ?= requirements-dev.txt
PYTEST_WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(max(os.cpu_count() or 2, 2), 6))')
CANDIDATES = python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
IN_VENV = .venv/bin/python
UV ?= $(firstword $(shell command -v uv) $(wildcard .venv/bin/uv))
UV_COMPILE = UV_PYTHON_DOWNLOADS=never $(UV) pip compile --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet pyproject.toml

.PHONY: run test check check-format check-lint check-types check-floors check-migrations \
	check-messages check-locks format lock venv messages clean reset

run: venv
	@$(IN_VENV) -m clair.launcher run

test: venv
	@$(IN_VENV) -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

# Every check runs, also after one has failed.
check: venv
	@$(MAKE) --no-print-directory --keep-going check-format check-lint check-types check-floors \
		check-migrations check-messages check-locks

check-format:
	$(IN_VENV) -m ruff format --check .

check-lint:
	$(IN_VENV) -m ruff check .

check-types:
	$(IN_VENV) -m mypy

check-floors:
	$(IN_VENV) -c "from importlinter.cli import lint_imports_command as lint; lint()"

check-migrations:
	$(IN_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

check-messages:
	$(IN_VENV) tools/messages.py check

check-locks:
	@! grep -n '://' requirements*.txt || { echo 'clair: a lock file names a host'; exit 1; }

format:
	$(IN_VENV) -m ruff check --fix-only --quiet .
	$(IN_VENV) -m ruff format .

messages:
	$(IN_VENV) tools/messages.py update

lock:
	@test -n "$(UV)" || { echo 'clair: make lock needs uv (pip install uv)'; exit 1; }
	$(UV_COMPILE) -o requirements.txt
	$(UV_COMPILE) --group dev -o requirements-dev.txt
	$(UV_COMPILE) --group dev --group browser -o requirements-browser.txt

venv:
	@test -n "$(PYTHON)" || { echo 'clair: Python 3.11 or newer is needed.'; \
		echo 'clair: Python 3.11 以上が必要です。'; exit 1; }
	@$(PYTHON) -I clair/install.py $(LOCK)

# What can be made again; the data of `make run` stay.
clean:
	@test ! -x $(IN_VENV) || $(IN_VENV) -m clair.reset tests
	rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Forget the data of `make run`: the next start begins anew.
reset: venv
	@$(IN_VENV) -m clair.reset all
