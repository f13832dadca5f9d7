# Byleave's tasks; `make` alone names them. Each task installs what it needs by
# itself and, once that is there, asks nothing of the network.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Another Python:        make PYTHON=/usr/bin/python3.12 test
# Arguments to the tool: make test ARGS="tests/session -k consent"
PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
SPECIFICATIONS := $(wildcard tests/session/test_protocol_spec.py tests/session/test_recording_spec.py)

.PHONY: help demo test check controls pictures bench soak lock clean install packages

help:  ## name the tasks
	@echo "make TASK, where TASK is one of:"
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-10s %s\n", $$1, $$2 }'

demo: packages install  ## a whole session on two desktops of this machine; leaves demo-output/
	@$(BIN)/byleave demo $(ARGS)

test: packages install  ## every test but the long runs
	@$(BIN)/python -m pytest $(ARGS)

check: packages install  ## style, types, import contracts, the specifications' tables, the tree's own rules
	@failed=0; look() { echo "== $$1"; "$${@:2}" || failed=1; }; \
	look "ruff check" $(BIN)/ruff check .; \
	look "ruff format" $(BIN)/ruff format --check .; \
	look "mypy" $(BIN)/mypy; \
	look "import contracts" $(BIN)/lint-imports --no-logo; \
	look "specifications and house rules" $(BIN)/python -m pytest -q $(SPECIFICATIONS) tests/test_house.py; \
	exit $$failed

controls: packages install  ## take each defence out in a copy and show that its test notices
	@$(BIN)/python -m tests.controls.run $(ARGS)

pictures: packages install  ## a PNG of every window in every state; leaves pictures-output/
	@$(BIN)/python -m tests.pictures $(ARGS)

bench: packages install  ## the speed of the parts that must be fast; leaves benchmarks/output/
	@$(BIN)/python -m benchmarks $(ARGS)

soak: packages install  ## the tests with full counts of cuts, stops and tampers; takes hours
	@$(BIN)/python -m pytest -m soak $(ARGS)

lock:  ## write requirements.lock anew from pyproject.toml; ARGS=--upgrade for newer versions
	@.ci/lock "$(PYTHON)" $(ARGS)

clean:  ## remove everything that these tasks have made, .venv and demo-output/ too
	@rm -rf $(VENV) build demo-output pictures-output soak-output benchmarks/output *.egg-info .coverage
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean."

install: $(READY)

$(READY): requirements.lock pyproject.toml
	@.ci/environment "$(PYTHON)" $(VENV)
	@touch $@

packages:
	@.ci/packages debian-packages.txt
