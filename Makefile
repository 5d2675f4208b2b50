# Two commands do everything: `make run` and `make test`. README says more.
SHELL := /bin/bash
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
export LMS_HOME ?= $(CURDIR)/var

.PHONY: run test bench check format lock system system-test environment environment-test clean

run: system environment ## install, migrate, make the demo region if the database is empty, serve
	@LMS_ENV=$${LMS_ENV:-demo} LMS_PORT=$(PORT) bash scripts/run.sh

test: system-test environment-test ## everything CI runs
	@bash scripts/test.sh

bench: system-test environment-test ## ratios to floors of the same run; writes benchmarks/results
	@$(PY) -m benchmarks.run

check: environment-test ## format, lint, types, import rules, templates
	@bash scripts/check.sh

format: environment-test
	@$(VENV)/bin/ruff check --fix -q lms tests benchmarks migrations && $(VENV)/bin/ruff format -q lms tests benchmarks migrations

lock: environment-test ## resolve pyproject.toml into hashed lock files without index addresses
	@bash scripts/lock.sh

system:
	@bash scripts/system.sh run

system-test:
	@bash scripts/system.sh test

environment:
	@bash scripts/environment.sh base

environment-test:
	@bash scripts/environment.sh dev

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
