# What this project can do, one verb a target. Everything it sets up, builds and caches is in .local/
# and .aws-sam/; it needs make and a Python of 3.11 or newer with venv: make PYTHON=python3.12 demo

PYTHON ?= python3
PYTHON_RUNTIME ?= python3.13
ARCHITECTURE ?= x86_64

environments := dev cloud sam
bin = .local/env/$(1)/bin
dev := $(call bin,dev)
sam := SAM_CLI_TELEMETRY=0 $(call bin,sam)/sam
code := $(wildcard layers/common/openevent functions local bench tests)

.PHONY: help
help: ## Say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

# Environments: exactly what the lock files name, made anew when one changes.

.PHONY: setup
setup: $(environments:%=.local/env/%/installed) ## Install everything the other targets need

.local/env/%/installed: requirements/%.txt
	@echo "Setting up .local/env/$*"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@$(PYTHON) -m venv --clear .local/env/$*
	@$(call bin,$*)/python -m pip install -qq --no-compile --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

.PHONY: lock
lock: .local/env/dev/installed ## Bring the lock files up to date with their .in files
	$(foreach name,layers/common/requirements $(environments:%=requirements/%), \
	  $(dev)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(name).in --output-file $(name).txt &&) true

# Checks.

.PHONY: lint
lint: setup ## Style, types, the rules between modules, the template
	$(dev)/ruff check $(code)
	$(dev)/ruff format --check $(code)
	$(dev)/mypy $(code)
	PYTHONPATH=.:layers/common $(dev)/lint-imports
	$(sam) validate --lint

.PHONY: unit integration e2e
unit integration e2e: setup ## Run the tests of one kind
	$(dev)/pytest tests/$@

.PHONY: test
test: lint ## Lint and all tests: one verdict
	$(dev)/pytest

.PHONY: format
format: .local/env/dev/installed ## Put the code into its format
	$(dev)/ruff check --fix $(code)
	$(dev)/ruff format $(code)
