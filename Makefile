# Every target installs what it needs; later runs are fast. `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
VENV := $(ROOT)/.venv
EMULATOR := $(ROOT)/.venv-emulator
BENCH := $(ROOT)/.venv-bench
PEERS := $(ROOT)/.venv-peers
CDKTN := $(ROOT)/.venv-cdktn
AWS := $(ROOT)/.venv-aws
CONFORMANCE := $(ROOT)/tests/conformance
CLIENTS := $(ROOT)/clients
POLICY_TOOLS := $(ROOT)/.venv-policy
IMAGE_TOOLS := $(ROOT)/.venv-image
SITE := $(ROOT)/.venv-site
API_ONLY := $(ROOT)/.venv-api
NODE := $(ROOT)/node_modules
# The bindings have 2,000 modules, of which four are imported: Python compiles those.
PIP := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile
ENV := PATH="$(VENV)/bin:$$PATH" CHECKPOINT_DISABLE=1 DISABLE_VERSION_CHECK=1
# Where the bytecode is not kept, each of the hundred processes of the tests compiles the sources again.
unexport PYTHONDONTWRITEBYTECODE
ifneq ($(filter-out cdktn,$(IAC)),)
$(error IAC = $(IAC); allowed: cdktn (CDK Terrain), or unset (cdktf))
endif

# Targets share virtual environments and installers, so they cannot run in parallel.
.NOTPARALLEL:
.PHONY: help run test test-quick check format setup setup-test setup-run setup-deploy synth hcl deploy diff destroy guard policy doctor \
  bootstrap snapshot conformance clients image image-push image-test cost sbom soak test-hosting hosting-secrets rotate-sealing-keys bench site screenshots lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup-run ## run the emulator, a user pool and the API on port 8000 (PORT=...) locally, until Ctrl-C
	@cd $(ROOT) && exec $(VENV)/bin/python -m local

# Tests of several processes that read a clock (@timed, which marks them flaky) run alone, after the others.
# Workers take whole files, so that the servers of a module start once; three, because some tests only wait.
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder
# These run where neither cdktf nor anything else of the infrastructure is installed.
API_TESTS := tests/unit/api tests/unit/cognito_tokens tests/api tests/model $(addprefix tests/integration/test_,start.py whole_way.py emulator.py)
# Tracing takes a third of the time, so it is on in CI only. The floor (pyproject.toml) is for both runs together.
COVERAGE := $(if $(CI),--cov --cov-report= --cov-fail-under=0)

test: setup-test ## all tests, from unit to end-to-end; with coverage where CI=1 is set
	@cd $(ROOT) && rm -f .coverage .coverage.*
	@cd $(ROOT) && COVERAGE_FILE=.coverage.api $(API_ONLY)/bin/python -m pytest $(PARALLEL) $(COVERAGE) $(API_TESTS) $(PYTEST_ARGS)
	@cd $(ROOT) && $(ENV) COVERAGE_FILE=.coverage.rest $(VENV)/bin/python -m pytest $(PARALLEL) $(COVERAGE) --durations=20 \
	  -m "not flaky" $(addprefix --ignore=,$(API_TESTS) tests/hosting) $(PYTEST_ARGS)
	@cd $(ROOT) && $(ENV) COVERAGE_FILE=.coverage.timed $(VENV)/bin/python -m pytest $(COVERAGE) \
	  -m flaky tests/integration $(addprefix --ignore=,$(API_TESTS)) $(PYTEST_ARGS)
	$(if $(CI),@cd $(ROOT) && $(VENV)/bin/coverage combine --quiet && $(VENV)/bin/coverage report)

test-quick: $(VENV)/.dev ## unit tests and snapshots; the API's under every supported Python on the machine
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m pytest --quiet -n 3 --dist worksteal tests/unit tests/snapshot/test_snapshots.py $(PYTEST_ARGS)
	@cd $(ROOT) && $(VENV)/bin/python -m tests.pythons

check: setup ## check lint, format, types, import contracts and dependencies
	@cd $(ROOT) && $(VENV)/bin/ruff check .
	@cd $(ROOT) && $(VENV)/bin/ruff format --check .
	@cd $(ROOT) && $(VENV)/bin/basedpyright
	@cd $(ROOT) && $(VENV)/bin/lint-imports --no-cache --config pyproject.toml
	@cd $(ROOT) && $(VENV)/bin/deptry .

format: setup ## fix and format the code with ruff
	@cd $(ROOT) && $(VENV)/bin/ruff check --fix-only --quiet . && $(VENV)/bin/ruff format .

setup: $(VENV)/.dev $(EMULATOR)/.installed $(NODE)/.installed ## install everything for development and deployment

setup-test: setup $(API_ONLY)/.installed $(CDKTN)/.installed $(AWS)/.installed $(CLIENTS)/typescript/node_modules/.installed ## install everything for `make test`

setup-deploy: $(VENV)/.infra $(if $(IAC),$(CDKTN)/.installed) ## install everything that `make deploy` needs, but Terraform

setup-run: $(VENV)/.api $(EMULATOR)/.installed ## install everything that `make run` needs

synth: setup-deploy ## synthesize the Terraform JSON into cdktf.out/
	@umask 077; $(SYNTH)
	@echo "Synthesized into cdktf.out/stacks."

hcl: setup-deploy ## synthesize plain Terraform (HCL) into hcl/, to continue without this repository
	@umask 077; SYNTH_HCL_OUTPUT=true CDKTF_OUTDIR=hcl $(SYNTH)
	@echo "Synthesized into hcl/stacks."

# One plan: what `deploy` applies is what the guard checked. VAR=... and files: CDKTF_ARGS='--var NAME=VALUE'.
DEPLOY = $(ENV) PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.deploy
deploy: setup-deploy ## deploy to AWS the plan that the guard checked, and write outputs.json, readable by you alone
	@$(DEPLOY) deploy $(if $(OUTPUTS),--outputs $(OUTPUTS)) $(CDKTF_ARGS)

diff: setup-deploy ## show what a deploy would change
	@$(DEPLOY) diff $(CDKTF_ARGS)

destroy: setup-deploy ## destroy the stack; refused without USER_POOL_REMOVAL_POLICY=destroy
	@$(DEPLOY) destroy $(CDKTF_ARGS)

guard: setup-deploy ## plan, and fail if the plan would lose users or print a secret
	@$(DEPLOY) guard $(CDKTF_ARGS)

SYNTH = $(ENV) sh -c "$$($(VENV)/bin/python -c 'import json; print(json.load(open("cdktf.json"))["app"])')"
policy: setup-deploy $(if $(HOSTING),$(POLICY_TOOLS)/.installed) ## check the synthesized Terraform against Security Hub's and Prowler's rules (POLICY_STRICT=1: all), with HOSTING checkov's
	@umask 077; rm -rf .policy; trap 'rm -rf .policy' EXIT; CDKTF_OUTDIR=.policy $(SYNTH) >/dev/null \
	  && PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.checks.security_policy .policy \
	  $(if $(HOSTING),&& $(POLICY_TOOLS)/bin/checkov --config-file $(ROOT)/stacks/checks/checkov.yaml --file .policy/stacks/*/cdk.tf.json)

bootstrap: setup-deploy ## create the bucket for Terraform's state: STATE_BUCKET=... STATE_REGION=...
	@ENVIRONMENT=bootstrap; export ENVIRONMENT; $(DEPLOY) deploy $(CDKTF_ARGS)

doctor: $(VENV)/.api ## check the deployed pool for what the API needs, and for settings weaker than the defaults
	@PYTHONPATH=$(ROOT) $(VENV)/bin/python -m api.doctor

snapshot: setup ## accept the synthesized Terraform and the OpenAPI document as the new snapshots
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m pytest --quiet tests/snapshot/test_snapshots.py tests/contract/test_openapi.py --snapshot-update

conformance: setup $(PEERS)/.installed $(CONFORMANCE)/node_modules/.installed ## test Cognito's behaviours on the local Cognito and three emulators, and write docs/local.md
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m tests.conformance.matrix

# A client for each language, from one OpenAPI document, in clients/*/dist.
clients: $(VENV)/.dev $(CLIENTS)/typescript/node_modules/.installed ## generate and build the clients for TypeScript and Python
	@cd $(ROOT) && $(VENV)/bin/python -c 'import json; from api.app import create_app; print(json.dumps(create_app().openapi()))' \
	  > $(CLIENTS)/openapi.json
	@cd $(CLIENTS)/typescript && rm -rf dist && $(ENV) npm run --silent build
	@cd $(CLIENTS)/python && rm -rf build dist && $(VENV)/bin/openapi-python-client generate --path=../openapi.json --meta=none \
	  --config=generator.json --output-path=cognito_sign_in_client/generated --overwrite --fail-on-warning \
	  && $(VENV)/bin/python -m build --no-isolation --wheel --outdir dist . >/dev/null

IMAGE ?= cognito-sign-in
BASE ?=
VERSION ?= $(shell git -C $(ROOT) describe --always --dirty 2>/dev/null)
image: ## build the API's image: BASE=python:3.13-slim-bookworm@sha256:... IMAGE=name:tag
	@case "$(BASE)" in *@sha256:*) ;; *) echo "Name the base image by its digest: make image BASE=python:3.13-slim-bookworm@sha256:..." >&2; exit 1;; esac
	@cd $(ROOT) && DOCKER_BUILDKIT=1 docker build --build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) --tag $(IMAGE) .

cost: setup-deploy ## estimate what the pool and the hosting stack cost in a month, for three loads
	@$(ENV) PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.cost

image-push: setup-deploy ## push IMAGE to the hosting stack's repository, and print the digest to deploy
	@PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.push_image $(IMAGE)

hosting-secrets: setup-deploy ## give the hosting stack's tasks the auth stack's outputs and, if they have none, a sealing key
	@PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.hosting_secrets

rotate-sealing-keys: setup-deploy ## seal with a new key; what the former two have sealed can still be opened
	@PYTHONPATH=$(ROOT) $(VENV)/bin/python -m stacks.hosting_secrets --rotate

image-test: setup $(IMAGE_TOOLS)/.installed ## build the image, with a base of its own where there is none, and run it with every hardening flag
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m pytest tests/hosting/test_image.py $(PYTEST_ARGS)

sbom: $(IMAGE_TOOLS)/.installed ## write sbom.json: the image's Python packages, from the lock, in CycloneDX
	@cd $(ROOT) && $(IMAGE_TOOLS)/bin/cyclonedx-py requirements requirements/api.txt --output-reproducible --output-file sbom.json

soak: setup ## run two containers for ten minutes under load and faults, and write docs/soak.md
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m tests.hosting.soak && cat docs/soak.md

test-hosting: setup $(IMAGE_TOOLS)/.installed $(POLICY_TOOLS)/.installed ## prove the hosting stack: applied, run as containers, scaled and rolled; needs root and Docker
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=5 tests/hosting $(PYTEST_ARGS)

bench: setup $(BENCH)/.installed ## run the benchmarks, print a table, write bench/results.json; exit 1 if a goal is missed
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m bench

site: $(SITE)/.installed ## build the documentation as pages, in .site; exit 1 for a link that leads nowhere
	@cd $(ROOT) && NO_MKDOCS_2_WARNING=1 $(SITE)/bin/mkdocs build --strict

screenshots: setup ## take the pictures of docs/images from the pages, in Chromium
	@cd $(ROOT) && $(ENV) $(VENV)/bin/python -m tests.browser.screenshots

lock: $(VENV)/.dev ## update requirements/*.txt from pyproject.toml
	@$(VENV)/bin/python $(ROOT)/requirements/lock.py

# Keeps the outputs and the Terraform state: nothing else records the deployed pool.
clean: ## remove virtual environments, caches and the local run's users
	@cd $(ROOT) && rm -rf .local .venv .venv-* node_modules tests/conformance/node_modules clients/typescript/node_modules clients/openapi.json \
	  clients/typescript/src/schema.ts clients/python/cognito_sign_in_client/generated clients/*/dist clients/python/build clients/python/*.egg-info cdktf.out hcl .site .deploy .policy .terraform-provider .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage*
	@find $(ROOT) -name __pycache__ -type d -prune -exec rm -rf {} +

define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with PYTHON=..." >&2; exit 1; }
	@test -x $(1)/bin/pip || $(PYTHON) -m venv $(1) \
	  || { echo "Python cannot create a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
endef

$(VENV)/.api: $(ROOT)/requirements/api.txt
	$(call make_venv,$(VENV))
	@echo "Installing the API's packages ..." && $(VENV)/bin/python $(PIP) -r $<
	@touch $@

$(VENV)/.infra: $(ROOT)/requirements/infra.txt
	$(call make_venv,$(VENV))
	@echo "Installing what deployment needs ..." && $(VENV)/bin/python $(PIP) -r $<
	@touch $@

$(VENV)/.dev: $(ROOT)/requirements/dev.txt
	$(call make_venv,$(VENV))
	@echo "Installing the development packages ..." && $(VENV)/bin/python $(PIP) -r $<
	@touch $@ $(VENV)/.api $(VENV)/.infra

$(EMULATOR)/.installed: $(ROOT)/requirements/emulator.txt
	$(call make_venv,$(EMULATOR))
	@echo "Installing the emulator ..." && $(EMULATOR)/bin/python $(PIP) -r $<
	@touch $@

$(API_ONLY)/.installed: $(ROOT)/requirements/api-test.txt
	$(call make_venv,$(API_ONLY))
	@echo "Installing only the API's packages ..." && $(API_ONLY)/bin/python $(PIP) -r $<
	@touch $@

$(BENCH)/.installed: $(ROOT)/requirements/bench.txt
	$(call make_venv,$(BENCH))
	@echo "Installing the libraries to benchmark against ..." && $(BENCH)/bin/python $(PIP) -r $<
	@touch $@

$(PEERS)/.installed: $(ROOT)/requirements/peers.txt
	$(call make_venv,$(PEERS))
	@echo "Installing an emulator to compare with ..." && $(PEERS)/bin/python $(PIP) -r $<
	@touch $@

$(POLICY_TOOLS)/.installed: $(ROOT)/requirements/policy.txt
	$(call make_venv,$(POLICY_TOOLS))
	@echo "Installing checkov ..." && $(POLICY_TOOLS)/bin/python $(PIP) -r $<
	@touch $@

$(IMAGE_TOOLS)/.installed: $(ROOT)/requirements/image.txt
	$(call make_venv,$(IMAGE_TOOLS))
	@echo "Installing tools for the image ..." && $(IMAGE_TOOLS)/bin/python $(PIP) -r $<
	@touch $@

$(SITE)/.installed: $(ROOT)/requirements/site.txt
	$(call make_venv,$(SITE))
	@echo "Installing mkdocs ..." && $(SITE)/bin/python $(PIP) -r $<
	@touch $@

$(CDKTN)/.installed: $(ROOT)/requirements/cdktn.txt
	$(call make_venv,$(CDKTN))
	@echo "Installing CDK Terrain ..." && $(CDKTN)/bin/python $(PIP) -r $<
	@touch $@

$(AWS)/.installed: $(ROOT)/requirements/aws.txt
	$(call make_venv,$(AWS))
	@echo "Installing AWS's command line for the tests ..." && $(AWS)/bin/python $(PIP) -r $<
	@touch $@

$(CONFORMANCE)/node_modules/.installed: $(CONFORMANCE)/package-lock.json $(VENV)/.dev
	@echo "Installing another emulator to compare with ..." && cd $(CONFORMANCE) && $(ENV) npm ci --silent
	@touch $@

$(CLIENTS)/typescript/node_modules/.installed: $(CLIENTS)/typescript/package-lock.json $(VENV)/.dev
	@echo "Installing the generator of the TypeScript client ..." && cd $(CLIENTS)/typescript && $(ENV) npm ci --silent
	@touch $@

$(NODE)/.installed: $(ROOT)/package-lock.json $(VENV)/.dev
	@echo "Installing cdktf-cli ..." && cd $(ROOT) && $(ENV) npm ci --silent
	@touch $@
