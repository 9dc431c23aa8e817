# Every command of the project. `make` alone lists them.
# Python 3.11+, make and git are all that must be there: Node, wrangler and the rest are installed by `make setup`.

PYTHON ?= python3
# Commands are named by relative paths: the project may lie in a folder whose name holds a space.
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
WORKERS := api notify billing calsync
SOURCES := shared/src $(WORKERS:%=workers/%/src)
MYPYPATH := $(subst $(eval) ,:,$(SOURCES))
PACKAGES := propflow $(WORKERS)
TOOLS := $(filter-out %/__init__.py,$(wildcard infra/*.py)) # infra/local holds what runs inside Pyodide, which mypy cannot know

.DEFAULT_GOAL := help
.PHONY: help setup dev demo test prove soak test-unit check lint types contracts fmt render openapi checksums lock bench bench-check \
	provision secret deploy new-domain clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# --- set-up: each step is skipped when it is done and its lock file has not changed -----------------------------------
# What tells that a step is done lies inside what it installed and is written last, so neither can be there without the
# other. Nothing is downloaded when nothing changed.
.DELETE_ON_ERROR:

setup: .venv/.installed node_modules/.package-lock.json ## Install everything (dev and test do it by themselves)
	@$(BIN)/python infra/vendor.py --quiet

.venv/.installed: requirements/dev.txt infra/node.py
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "→ Python tools (about a minute, once)"
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null && "$(PYTHON)" -m venv .venv || { \
		echo "Python cannot make a virtual environment: install its venv package (Debian, Ubuntu: apt install python3-venv)" >&2; \
		exit 1; }
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/python infra/node.py
	@touch $@

node_modules/.package-lock.json: package-lock.json | .venv/.installed
	@echo "→ wrangler, Miniflare and Pyodide (about half a minute, once)"
	@rm -f $@
	@$(BIN)/npm ci --silent --no-fund --no-audit --no-progress
	@touch $@

# --- run ------------------------------------------------------------------------------------------------------------

dev: setup ## Run the product: PORT=8787 STATE=.local LIMITS=off CALENDAR_HOSTS_ALLOWED=host:port,…
	@exec $(BIN)/node infra/local/main.mjs

demo: setup ## Fill a running `make dev` with a believable portfolio
	@$(BIN)/python tests/support/demo.py

# --- prove ----------------------------------------------------------------------------------------------------------

# Three files of tests at a time, each with a product of its own: two cores, and some tests wait for a clock.
# PYTEST='-n0 -s' shows the figures that tests print.
test: setup ## Pass all tests (PYTEST='-k word' narrows)
	@$(BIN)/pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(PYTEST)

LONG := race state_machine crash_points isolation_matrix conformance sign_in_attacks
prove: setup ## The proofs that `make test` runs short, each at length, and the soak (half an hour or so)
	@RACE_CALLS=4000 MACHINE_RUNS=200 CRASH_POINTS_ALL=1 CALENDARS=10000 FEEDS=500 WRONG_KINDS=99 EXAMPLES=30 STOP_EVERY=1 SAMPLES=100 \
		$(BIN)/pytest -s --timeout=3600 tests/contract/test_dev.py tests/unit/calsync/test_against_icalendar.py \
		tests/integration/calsync/test_load.py $(LONG:%=tests/e2e/test_%.py) $(PYTEST)
	@$(MAKE) --no-print-directory soak

soak: setup ## Abusers of each kind beside ordinary tenants (SOAK_SECONDS=600 SOAK_TENANTS=50 SOAK_ABUSE=2)
	@$(BIN)/python tests/load/soak.py

test-unit: setup ## Only the fast tests that need no runtime
	@$(BIN)/pytest tests/unit $(PYTEST)

check: setup lint types contracts ## Everything but the tests: style, types, layers, generated files
	@$(BIN)/python -m infra.render --check
	@$(BIN)/python -m infra.lock --check
	@$(BIN)/python infra/openapi.py --check

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@MYPYPATH=$(MYPYPATH):. $(BIN)/mypy $(PACKAGES:%=-p %) $(TOOLS:infra/%.py=-m infra.%)

contracts: setup
	@PYTHONPATH=$(MYPYPATH) $(BIN)/lint-imports --no-cache

bench: setup ## Measure the hot paths; writes tests/load/figures.json
	@$(BIN)/python tests/load/bench.py

bench-check: setup ## Measure and fail when a counted figure grew
	@$(BIN)/python tests/load/bench.py --check

# --- write generated files ------------------------------------------------------------------------------------------

fmt: setup ## Format the code
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

new-domain: setup ## Begin a domain of the api: AREA=people NAME=teams
	@$(BIN)/python -m infra.new_domain "$(AREA)" "$(NAME)"
	@$(MAKE) --no-print-directory fmt

render: setup ## Write the wrangler.jsonc files from infra/manifest.toml
	@$(BIN)/python -m infra.render

openapi: setup ## Write docs/openapi.json
	@$(BIN)/python infra/openapi.py

checksums: setup ## Record new migrations; refuses when a merged one changed
	@$(BIN)/python infra/checksums.py

lock: setup ## Resolve and lock all packages anew
	@$(BIN)/python -m infra.lock

# --- operate --------------------------------------------------------------------------------------------------------

provision: setup ## Create the resources of ENV=dev|stg|prod (DRY_RUN=1 prints)
	@$(BIN)/python -m infra.provision "$(ENV)" $(if $(DRY_RUN),--dry-run)

secret: setup ## Set NAME of ENV=dev|stg|prod in every Worker that reads it; the value comes from standard input
	@$(BIN)/python -m infra.secret "$(ENV)" "$(NAME)"

deploy: setup ## Migrate and deploy to ENV=dev|stg|prod (WORKER=one alone; DRY_RUN=1 prints; FIRST=1 when nothing is there yet)
	@$(BIN)/python -m infra.deploy "$(ENV)" $(if $(WORKER),--worker "$(WORKER)") $(if $(DRY_RUN),--dry-run) $(if $(FIRST),--first)

clean: ## Remove what was installed and built; `make dev`'s data in .local stays
	rm -rf .venv .build node_modules workers/*/python_modules
