# Needs Python 3.11+ (with venv and pip) and make; everything else comes from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SOURCES := activities agents clients datamap domain gateway letters mail_intake packages providers records samples tools workers workflows tests
export PYTHONUNBUFFERED := 1
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up test chaos bench containers check format audit clean lock

help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Create the environment in .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 setup"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Play three deletion requests, months of them, on the embedded stack
	@$(BIN)/privacy demo

up: $(STAMP) ## Start the embedded stack and stay; Ctrl-C stops it
	@$(BIN)/privacy up

test: $(STAMP) ## Run every test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

chaos: $(STAMP) ## Kill, freeze and cut off everything around 200 requests; CHAOS="--seed 7" repeats
	@$(BIN)/python -m tests.chaos $(CHAOS)

bench: $(STAMP) ## Measure against yardsticks, some minutes; PART=actions for one part
	@$(BIN)/python -m tests.bench $(PART)

containers: ## Build the image and start docker-compose.yml once (needs a container engine)
	@sh deploy/try.sh

check: $(STAMP) ## Format, lint, types, direction of imports, deployment files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

format: $(STAMP) ## Format and repair what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

audit: $(STAMP) ## Look up the locked dependencies for known vulnerabilities (needs a network)
	@$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(VENV)-audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-annotate -q

lock: ## Resolve the dependencies anew into the two locks (needs uv)
	$(LOCK) --group dev -o requirements.lock
	$(LOCK) --group build -c requirements.lock -o deploy/requirements.lock

clean: ## Remove the embedded stack's data
	@if [ -x $(BIN)/privacy ]; then $(BIN)/privacy down --data; fi
	rm -rf var
