# Everything below needs only Python 3.11 or newer and a package index; it all goes into .venv, .venv-services,
# .venv-fronts and .demo.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SERVICES := .venv-services
FRONTS := .venv-fronts
JOBS ?= 4
# Commands are started thousands of times: without this each start compiles what it imports.
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types contracts format coverage faults matrix services fronts bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) scripts/setup.py $(VENV)
	$(PYTHON) -m compileall -q src
	@touch $@

setup: $(READY)  ## make .venv with everything that the other targets need

demo: $(READY)  ## the main job on a real model, told step by step
	$(BIN)/python scripts/demo.py

test: $(READY)  ## unit, port, integration, end-to-end and documentation tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not faults and not services" --ignore tests/fronts

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

coverage: $(READY)
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not faults and not services" --ignore tests/fronts --cov --cov-report=
	$(BIN)/coverage combine --append --quiet 2>/dev/null || true
	$(BIN)/coverage report --fail-under=95 | tail -n 40
	$(BIN)/coverage report --fail-under=100 --include='*/weighbridge/core/*,*/weighbridge/custody/*'

check: lint types contracts coverage  ## what CI runs first: lint, types, import contracts, tests with coverage

faults: $(READY)  ## inject faults at every write, sync, rename and link (needs strace); make faults EVERY=3 for a third of them
	$(BIN)/python -m pytest -n 2 --dist worksteal -m faults tests/faults $(if $(EVERY),--every $(EVERY))

matrix: $(READY)  ## change every leaf and file of a project, and print what each probe then says: make matrix SAMPLE=50
	$(BIN)/python -m tests.tampering --jobs $(JOBS) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(JSON),--json)

$(SERVICES)/.ready: pyproject.toml scripts/setup.py scripts/services.py
	$(PYTHON) scripts/services.py $(SERVICES)
	@touch $@

services: $(SERVICES)/.ready  ## tests against real servers: MLflow, PostgreSQL, SeaweedFS, a registry
	$(SERVICES)/bin/python -m pytest -m services -n 2 --dist loadfile --ignore tests/fronts

$(FRONTS)/.ready: pyproject.toml scripts/setup.py scripts/fronts.py
	$(PYTHON) scripts/fronts.py $(FRONTS)
	@touch $@

fronts: $(FRONTS)/.ready  ## load approved models with the real frameworks: torch, transformers, ONNX, MLflow
	$(FRONTS)/bin/python -m pytest -m fronts tests/fronts

bench: $(READY)  ## measure beside the peers: make bench SIZE=4GiB ONLY="add inspect"
	$(BIN)/python -m benchmarks $(if $(SIZE),--size $(SIZE)) $(foreach name,$(ONLY),--only $(name))

format: $(READY)  ## let ruff format and mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## take away what the targets made
	rm -rf $(VENV) $(SERVICES) $(FRONTS) .demo .bench .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
