# `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Each of these has a database server, a Redis and a browser of its own.
TEST_PROCESSES ?= 3

.PHONY: help up test check format bench bench-kannel bench-growth bench-dashboard bench-sessions profile chaos fuzz interop audit sbom reset \
  words lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing the locked dependencies (once; half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what tests and checks need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

up: $(VENV)/.installed ## Start everything here: database, API, workers, simulator (Ctrl-C stops)
	@SMSC_WEBHOOK_ALLOW_PRIVATE=$${SMSC_WEBHOOK_ALLOW_PRIVATE:-true} exec $(BIN)/smsc up

reset: $(VENV)/.installed ## Throw away the state of `make up` (asks first; YES=1 does not)
	@$(BIN)/smsc reset $(if $(YES),--yes)

test: $(VENV)/.installed-dev ## Run every test
	@$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile $(ARGS)

check: $(VENV)/.installed-dev ## Lint, types, floors, file length, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tests/file_length.py
	@$(BIN)/smsc migrate --check

format: $(VENV)/.installed-dev ## Format the code and mend what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## Measure everything and print one table (ARGS="--only path --messages 2000")
	@$(BIN)/python -m tests.bench $(ARGS)

bench-kannel: $(VENV)/.installed-dev ## Measure Kannel and ours by turns; print the ratio (installs Kannel)
	@$(BIN)/python -m tests.bench.against_kannel $(ARGS)

bench-growth: $(VENV)/.installed-dev ## Measure among 10,000, 1 million, 20 million messages (needs 65 GB)
	@$(BIN)/python -m tests.bench.growth $(ARGS)

bench-dashboard: $(VENV)/.installed-dev ## Time each page of the dashboard among a million messages
	@$(BIN)/python -m tests.bench.dashboard $(ARGS)

bench-sessions: $(VENV)/.installed-dev ## Measure idle connectors, and a message's cost to a session
	@$(BIN)/python -m tests.bench.sessions $(ARGS)

profile: $(VENV)/.installed-dev ## Profile each process under load; flame graphs in $$SMSC_HOME/profiles
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-profile.lock
	@$(BIN)/python -m tests.bench.profile $(ARGS)

chaos: $(VENV)/.installed-dev ## Break the running processes on purpose and audit every message
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(VENV)/.installed-dev ## Ten million inputs at codec, receipts, headers, text; requests at the API (ARGS="answers")
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@$(BIN)/python -m tests.fuzz $(ARGS)

interop: $(VENV)/.installed-dev ## Kannel, four SMPP libraries and Twilio's Node SDK against ours (installs them)
	@$(BIN)/python -m tests.interop $(ARGS)

audit: $(VENV)/.installed-dev ## Known holes of what the locks list (ARGS="--required" fails where nobody can be asked)
	@$(BIN)/python -m tests.supply.audit $(ARGS)

sbom: $(VENV)/.installed-dev ## Write what we lean on as CycloneDX to build/sbom.cdx.json
	@$(BIN)/python -m tests.supply.sbom $(ARGS)

LOCALES := smsc/languages/locales
words: $(VENV)/.installed-dev ## Bring the dashboard's catalogues up to date with its sentences
	@$(BIN)/pybabel -q extract -F pyproject.toml -k N_ --omit-header --add-location=file --sort-output \
	  -o $(LOCALES)/dashboard.pot .
	@for catalogue in $(wildcard $(LOCALES)/*/dashboard.po); do \
	  $(BIN)/pybabel -q update -D dashboard -i $(LOCALES)/dashboard.pot -o $$catalogue \
	    -l $$(basename $$(dirname $$catalogue)) --ignore-pot-creation-date || exit 1; \
	done

lock: ## Resolve the locked dependencies anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url \
	  --no-header --extra build -o requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url \
	  --no-header --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	echo atheris==3.0.0 | uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -o requirements-fuzz.lock -
	echo schemathesis==4.32.5 | uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -o requirements-answers.lock -
	echo py-spy==0.4.3 | uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -o requirements-profile.lock -
	printf '%s\n' pip-audit==2.10.1 'cyclonedx-python-lib[json-validation]==11.12.0' | uv pip compile --quiet --universal \
	  --python-version 3.11.0 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-supply.lock -

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build
