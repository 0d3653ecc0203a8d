# All tasks of this project. Everything that they install, build and cache is in .local/ and
# .aws-sam/. They need make and Python 3.11 or newer with venv; to choose one:
# make PYTHON=python3.12 demo

PYTHON ?= python3
PYTHON_RUNTIME ?= python3.13
ARCHITECTURE ?= x86_64

environments := dev cloud sam
installed := $(environments:%=.local/env/%/installed)
checked := .local/template-checked
dev := .local/env/dev/bin
sam := SAM_CLI_TELEMETRY=0 .local/env/sam/bin/sam
code := layers/common/openevent functions local bench checks tests torture

# Processes of tests: the end-to-end tests mostly wait for their clouds, each in a process of its own.
processes := 2
parallel = -n $(processes) --dist loadscope --no-loadscope-reorder
e2e: processes := 4
# Each process imports all tests that its run may ask it for, so the two halves are runs of their own.
at_once := -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
halves := $(at_once) e2e covered

export PYTHONPATH := .:layers/common
# To compile all libraries in each process takes longer than most tests.
unexport PYTHONDONTWRITEBYTECODE

# The local cloud and the tests must not use the user's AWS configuration, or a proxy for 127.0.0.1.
# The doctor of a deployed stack is called with that configuration.
ifeq ($(and $(filter doctor,$(MAKECMDGOALS)),$(STACK)),)
unexport AWS_PROFILE AWS_DEFAULT_PROFILE
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
endif
export NO_PROXY := 127.0.0.1,localhost,$(NO_PROXY)
export no_proxy := $(NO_PROXY)

.PHONY: help
help: ## List all targets
	@sed -nE 's/^([a-z0-9 ]+):.*## (.*)/  make \1: \2/p' Makefile

# The local cloud (docs/local.md). make up DATABASE_URL=postgresql://... uses an existing Open Event
# database without changing its rows; SECRET_KEY=... of its server and USER_ID=1,2,... give tokens.
# PARAMETERS="MediaTrustedHosts=127.0.0.1:8000 ..." sets parameters of the template.

.PHONY: demo up down picture
demo: $(installed) ## Export a sample event in a local cloud, import it again, and compare
	@$(dev)/python -m local demo
up: $(installed) ## Start the local cloud and leave it running
	@$(dev)/python -m local up
down: $(installed) ## Stop the local cloud
	@$(dev)/python -m local down
picture: $(installed) ## Draw docs/demo.svg from docs/demo.txt, a recorded run of the demo
	@$(dev)/python -m local.picture

# Checks.

.PHONY: test test-under-load lint style types imports rules words unit integration covered e2e bench torture format
test: ## Run lint, and then all tests
	$(MAKE) $(at_once) lint
	$(MAKE) $(halves)
test-under-load: $(installed) ## Run all tests beside four busy loops for each core
	$(dev)/python -m tests.under_load --loops-per-core 4 $(MAKE) $(halves) behind=
lint: types $(checked) style imports rules ## Check style, types, imports and the template
style: $(installed)
	$(dev)/ruff check $(code)
	$(dev)/ruff format --check $(code)
types: $(installed)
	$(dev)/mypy $(code)
imports: $(installed)
	$(dev)/lint-imports
rules: $(installed)
	$(dev)/python -m checks
# checkov takes half a minute, so a template is checked when it has changed. sam runs cfn-lint with its
# errors and warnings; here come its informational and experimental rules as well. I4010 wants a
# summary of the architecture for tools in the template: docs/architecture.md has it, for people.
$(checked): template.yaml .checkov.yaml .local/env/sam/installed .local/env/checkov/installed
	$(sam) validate --lint
	.local/env/sam/bin/cfn-lint --include-checks I --ignore-checks I4010 --include-experimental -- template.yaml
	.local/env/checkov/bin/checkov --config-file .checkov.yaml
	@touch $@
words: $(installed) ## Find words that this repository does not use
	$(dev)/python -m checks words
unit integration e2e: $(installed) ## Run the tests of one kind
	$(dev)/pytest $(parallel) tests/$@
# The end-to-end tests take longest, so the others leave them the processor when both want it. Beside
# busy loops they would get none of it.
behind := nice
covered: $(installed) ## Run the unit and integration tests, and count what of the code they run
	$(behind) $(dev)/pytest $(parallel) -p tests.covering tests/unit tests/integration
bench: $(installed) ## Run the benchmarks beside plain implementations of the same jobs
	$(dev)/python -m bench
torture: $(installed) ## Try to break the system: faults, generated calls and values, hostile servers
	$(dev)/pytest -n 2 -m hypothesis --hypothesis-profile thorough tests/unit
	$(dev)/python -m torture.faults
	$(dev)/python -m torture.calls
	$(dev)/python -m torture.servers
format: $(installed) ## Format the code and apply safe fixes
	$(dev)/ruff check --fix $(code)
	$(dev)/ruff format $(code)

# Deployment (docs/deploy.md). make build PYTHON_RUNTIME=python3.12 ARCHITECTURE=arm64, then sam
# deploy with the same values as parameters PythonRuntime and Architecture.

.PHONY: build
build: $(installed) ## Build the functions and their layer for Lambda
	MAKEFLAGS= PYTHON=$(abspath $(dev)/python) LAYER_CACHE=$(abspath .local/layer) \
	PYTHON_RUNTIME=$(PYTHON_RUNTIME) ARCHITECTURE=$(ARCHITECTURE) $(sam) build \
	--parameter-overrides PythonRuntime=$(PYTHON_RUNTIME) Architecture=$(ARCHITECTURE)

# make grants DATABASE_USER=open_event_functions | psql ... gives the user what the functions need.

.PHONY: grants
grants: $(installed) ## Print the SQL that gives a database user the rights of the functions
	@$(dev)/python -m local.grants "$(DATABASE_USER)"

# make doctor STACK=open-event examines a deployed stack (docs/operate.md), with your own AWS
# configuration; without STACK, the local cloud. TOKEN=... checks the token key against an access
# token, MAIL_TO=... sends a test mail.

.PHONY: doctor
export TOKEN MAIL_TO
doctor: $(installed) ## Find what is wrong with a deployed stack, or with the local cloud
	@$(dev)/python -m local.doctor --stack "$(STACK)"

# Environments: exactly the versions of the lock files, created again when a lock file changes.

.PHONY: setup lock
setup: $(installed) ## Install everything the other targets need
.local/env/%/installed: requirements/%.txt
	@echo "Setting up .local/env/$*"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@$(PYTHON) -m venv --clear .local/env/$*
	@.local/env/$*/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-compile --require-hashes -r $<
	@touch $@
lock: .local/env/dev/installed ## Update the lock files from their .in files
	for name in layers/common/requirements $(environments:%=requirements/%) requirements/checkov; do \
	  $(dev)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 \
	    $$name.in --output-file $$name.txt || exit 1; \
	done
