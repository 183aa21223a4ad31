# Every target sets up what it needs, and is quick the second time. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
PIP := pip install --quiet --disable-pip-version-check --no-deps --require-hashes
ENV := PATH="$(BIN):$$PATH" CHECKPOINT_DISABLE=1 CI=1 DISABLE_VERSION_CHECK=1
# What Terraform and CDKTF write holds the client secret: for the owner's eyes only.
PRIVATE := umask 077;
STACK := auth
OUTPUTS ?= outputs.json
OUTPUTS_OPTIONS := --outputs-file $(OUTPUTS) --outputs-file-include-sensitive-outputs

.PHONY: help run test check setup setup-run synth deploy diff destroy snapshot bench lock format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup-run ## everything local: emulator, user pool, API on port 8000 (PORT=...), until Ctrl-C
	@exec $(BIN)/python -m local

test: setup ## everything CI runs: unit to end-to-end tests, with coverage
	@$(ENV) $(BIN)/python -m pytest --cov --cov-report=term $(PYTEST_ARGS)

check: setup ## lint, format, types, borders, dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .

format: setup ## let ruff mend and format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

setup: $(VENV)/.dev .venv-emulator/.installed node_modules/.installed ## install all that development and deployment need

setup-run: $(VENV)/.api .venv-emulator/.installed ## install all that `make run` needs

synth: setup ## synthesize the Terraform JSON into cdktf.out/
	@$(ENV) npx --no-install cdktf synth

deploy: setup ## deploy to AWS and write $(OUTPUTS), readable by you alone
	@$(PRIVATE) rm -f $(OUTPUTS) && $(ENV) npx --no-install cdktf deploy $(STACK) $(OUTPUTS_OPTIONS) $(CDKTF_ARGS)

diff: setup ## show what a deploy would change
	@$(PRIVATE) $(ENV) npx --no-install cdktf diff $(STACK) $(CDKTF_ARGS)

destroy: setup ## destroy the stack; refused unless USER_POOL_REMOVAL_POLICY=destroy was deployed before
	@$(PRIVATE) $(ENV) npx --no-install cdktf destroy $(STACK) $(CDKTF_ARGS)

snapshot: setup ## accept the synthesized Terraform as the new snapshots
	@$(ENV) $(BIN)/python -m pytest tests/snapshot --snapshot-update

bench: setup ## measure, print a table, write bench/results.json; fails when a goal is missed
	@$(ENV) $(BIN)/python -m bench

lock: $(VENV)/.dev ## renew requirements/*.txt from pyproject.toml
	@$(BIN)/python requirements/lock.py

clean: ## remove the local run's state, environments and caches; never outputs or Terraform state
	@rm -rf .local $(VENV) .venv-emulator .venv-api node_modules cdktf.out .pytest_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with PYTHON=..." >&2; exit 1; }
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1) \
	  || { echo "Python cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
endef

$(VENV)/.api: requirements/api.txt
	$(call make_venv,$(VENV))
	@echo "Installing the API's packages ..." && $(VENV)/bin/python -m $(PIP) -r requirements/api.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/api.txt
	$(call make_venv,$(VENV))
	@echo "Installing the development packages ..." && $(VENV)/bin/python -m $(PIP) -r requirements/dev.txt
	@touch $@ $(VENV)/.api

.venv-emulator/.installed: requirements/emulator.txt
	$(call make_venv,.venv-emulator)
	@echo "Installing the emulator ..." && .venv-emulator/bin/python -m $(PIP) -r requirements/emulator.txt
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.dev
	@echo "Installing cdktf-cli ..." && $(ENV) npm ci --silent
	@touch $@
