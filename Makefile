# `make run` and `make test` set up what they need. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The Lambda runtime is Python 3.13: take one that really runs (pyenv's shim exists even where it does not), else python3.
PYTHON := $(shell for p in python3.13 $$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13.*/bin/python3.13 2>/dev/null) python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

BIN := .venv/bin
NODE_MODULES := tests/frontend/node_modules/.stamp
LIGHTHOUSE := tests/benchmark/node_modules/.stamp
REQUIREMENTS := functions/requirements.txt local/requirements.txt cli/requirements.txt
export PYTHONPATH := functions:.

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

.PHONY: run
run: .venv/run.stamp ## The whole stack on this machine: no AWS account, no key, no Docker (ARGS="--help" for more)
	@$(BIN)/python -m local $(ARGS)

.PHONY: test
test: .venv/test.stamp .venv/chromium.stamp .sam-cli/stamp .baseline/stamp $(NODE_MODULES) ## Every test, in a real browser and under the real Lambda runtime too
	cd tests/frontend && node --test --test-reporter=dot
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)

.PHONY: verify
verify: .venv/test.stamp .venv/chromium.stamp .sam-cli/stamp .schemathesis/stamp $(NODE_MODULES) ## What takes longer: every fault at every point, load, made-up calls, every state of the page (up to an hour)
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m verify --timeout 3600 $(ARGS)

.PHONY: format
format: .venv/test.stamp ## Rewrite the Python files as `make lint` wants them
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: lint
lint: .venv/test.stamp .sam-cli/stamp .checkov/stamp $(NODE_MODULES) ## Format, lint, types (the page's too), layers, template
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd tests/frontend && ls tsconfig*.json | xargs -n1 node_modules/.bin/tsc --project
	$(SAM) validate --lint
	.checkov/bin/checkov --quiet --compact --skip-download --framework cloudformation --file template.yaml

.PHONY: screenshots
screenshots: .venv/test.stamp .venv/chromium.stamp ## Every state of the page, light and dark, wide and narrow, in .local/screenshots
	@$(BIN)/python -m tests.browser.screenshots .local/screenshots $(ARGS)

.PHONY: bench
bench: .venv/test.stamp .venv/chromium.stamp .sam-cli/stamp .baseline/stamp $(LIGHTHOUSE) ## Measure: a table, and JSON and plots in .local/bench (ARGS="--rows fanout --rounds 3")
	@$(BIN)/python -m tests.benchmark $(ARGS)

.PHONY: build
build: .sam-cli/stamp ## The deployable artifact, in .aws-sam/build (ARGS="--parameter-overrides Architecture=x86_64")
	$(SAM) build $(if $(ENV),--config-env $(ENV)) $(ARGS)
	$(PYTHON) -m deploy.trim .aws-sam/build

.PHONY: deploy
deploy: .sam-cli/stamp ## Build, deploy, print the addresses; asks for everything (ENV=dev or ENV=prod: as samconfig.toml says)
	@$(MAKE) build ARGS=
	$(SAM) deploy $(if $(ENV),--config-env $(ENV),--guided) $(ARGS)

.PHONY: delete
delete: .sam-cli/stamp ## Delete the stack, pictures included (ENV=dev or ENV=prod); the table remains
	$(SAM) delete $(if $(ENV),--config-env $(ENV)) $(ARGS)

.PHONY: costs
costs: .venv/run.stamp ## What a picture costs at AWS, as in the README (ARGS="--count --write" counts anew)
	@$(BIN)/python -m local.costs $(ARGS)

.PHONY: smoke
smoke: .venv/run.stamp ## Check a live stack within a minute: URL=https://… (SASHA_API_KEY in the environment: one real picture too)
	@$(BIN)/sasha smoke "$(URL)" $(ARGS)

SAM := PATH="$(dir $(shell command -v $(PYTHON))):$$PATH" SAM_CLI_TELEMETRY=0 .sam-cli/bin/sam

# The `sasha` command is a link to this checkout.
.venv/run.stamp: $(REQUIREMENTS) pyproject.toml
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@echo "Installing what the local stack and the owner's command need (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check $(REQUIREMENTS:%=-r %)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp tests/requirements.txt
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check $(REQUIREMENTS:%=-r %) -r tests/requirements.txt
	@touch $@

# Debian's own where that can be installed, else Playwright's.
.venv/chromium.stamp: .venv/test.stamp
	@command -v chromium >/dev/null || { echo "Installing Chromium (once) ..."; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else $(BIN)/playwright install chromium; fi; }
	@touch $@

.sam-cli/stamp: tests/requirements-sam.txt
	@[ -x .sam-cli/bin/python ] || $(PYTHON) -m venv .sam-cli
	@echo "Installing the SAM CLI (once) ..."
	@.sam-cli/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.schemathesis/stamp: tests/requirements-schemathesis.txt
	@[ -x .schemathesis/bin/python ] || $(PYTHON) -m venv .schemathesis
	@echo "Installing Schemathesis (once) ..."
	@.schemathesis/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.checkov/stamp: tests/requirements-checkov.txt
	@[ -x .checkov/bin/python ] || $(PYTHON) -m venv .checkov
	@echo "Installing checkov, 270 MB (once) ..."
	@.checkov/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# What the benchmark compares with, as it would lie in its Lambda.
.baseline/stamp: tests/benchmark/inline/requirements.txt tests/benchmark/inline/app.py | .venv/test.stamp
	@echo "Installing the benchmark's baseline ..."
	@rm -rf .baseline/function
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --target .baseline/function -r $<
	@cp tests/benchmark/inline/app.py .baseline/function
	@touch $@

# Nothing of it is served: what the page's vendored files are compared with, its type checker, axe; and Lighthouse.
$(NODE_MODULES) $(LIGHTHOUSE): %/node_modules/.stamp: %/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "The page is tested with Node 20 or newer: install it first."; exit 1; }
	@echo "Installing what checks the page, in $* (once) ..."
	@cd $* && npm ci --silent
	@touch $@
