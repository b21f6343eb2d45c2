# Two commands matter: `make run` shows the main job done, `make test` proves it. Each does its own set-up.

PYTHON ?= python3.11
UV_VERSION := 0.13.9
export ANDON_HOME ?= $(CURDIR)/.andon
export ANDON_WAREHOUSE = $(ANDON_HOME)/warehouse.duckdb
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
unexport PYTHONDONTWRITEBYTECODE

UV := .uv/bin/uv
BIN := .venv/bin
STAMP := .venv/.synced

.DEFAULT_GOAL := help

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: run
run: $(STAMP) ## Simulate a company, run the whole line on it and print where its weekly review lies
	@$(BIN)/andon demo

# In the order of the folders: by number of tests, xdist's own, the file whose one test takes minutes starts last and alone.
.PHONY: test
test: $(STAMP) browser postgres ## Run the tests (real DuckDB, Dagster instance, Postgres, browser)
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: $(STAMP) ## Check style and types: ruff, basedpyright strict, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@mkdir -p $(ANDON_HOME)
	@ANDON_VENDORS=$$($(BIN)/python -c 'from orchestration.ingest.contracts import VENDORS; print(",".join(VENDORS))') \
	  $(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

.PHONY: bench
bench: $(STAMP) ## Measure speed as ratios against hand-written floors, and a daily run step by step
	@$(BIN)/python -m tests.bench

.PHONY: dev
dev: $(STAMP) ## Serve the Dagster UI on 127.0.0.1:3000 with schedules and sensors on
	@$(BIN)/andon dev

.PHONY: setup
setup: $(STAMP) ## Only install: virtual environment and locked dependencies

.PHONY: clean
clean: ## Remove the environment and the sample company's state
	@rm -rf .venv .uv .andon

$(UV):
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(STAMP): $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --frozen --compile-bytecode --python $(PYTHON)
	@touch $@

# The review page is tested in a real browser; Debian's and Ubuntu's package is used, no other build is fetched.
.PHONY: browser
browser:
	@command -v chromium >/dev/null || { \
	  sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	  echo "Installing chromium for the browser tests"; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium >/dev/null; } \
	|| { echo "The browser tests need chromium: install it (apt-get install chromium) and run make test again" >&2; exit 1; }

# Sources are pulled from a real Postgres server, which the tests start themselves.
.PHONY: postgres
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
	  sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	  echo "Installing postgresql for the tests of sources"; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq postgresql >/dev/null; } \
	|| { echo "The tests need Postgres: install it (apt-get install postgresql) and run make test again" >&2; exit 1; }
