# Every target sets up what it needs first (.ci/setup): a second run finds all in place.
# ARGS reaches the program that a target runs: `make test ARGS="-k fit"`.
# PYTHON picks the Python of `.venv`: `make test PYTHON=python3.12`.

PYTHON ?=
ARGS ?=
export PYTHON

MAKEFLAGS += --no-builtin-rules --no-print-directory
PYTEST = .venv/bin/python -m pytest
# Each worker takes tests that stand together, which share displays, and helps another at the end.
IN_PARALLEL = -n auto --maxprocesses 8 --dist worksteal
.DEFAULT_GOAL := help
.PHONY: help setup test-packages demo test test-all check bench mutants format lock clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

setup: ## Set up .venv and the system packages (all targets below do)
	@.ci/setup

demo: setup ## Fill in an order form on a private virtual display: no key, no screen needed
	@.venv/bin/python examples/demo.py $(ARGS)

test: setup test-packages ## Run the tests, without the slow ones
	@$(PYTEST) $(IN_PARALLEL) -m "not slow" $(ARGS)

test-all: setup test-packages ## Run all tests
	@$(PYTEST) $(IN_PARALLEL) $(ARGS)

check: setup ## Check format, lint and types
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/mypy examples tests
	@.venv/bin/pyright

bench: setup test-packages ## Run the benchmarks, one at a time
	@if [ -d tests/benchmarks ]; then \
		$(PYTEST) -s -p no:cacheprovider -o "python_files=bench_*.py" tests/benchmarks $(ARGS); \
	else echo "no benchmarks yet: tests/benchmarks does not exist"; fi

test-packages:
	@.ci/system-packages --for-tests

mutants: setup ## Make mistakes in geometry and see whether the tests notice (some 10 minutes)
	@.venv/bin/python tests/mutants.py $(ARGS)

format: setup ## Format the code and mend what the linter can mend
	@.venv/bin/ruff check --fix-only --quiet
	@.venv/bin/ruff format

lock: ## Rewrite constraints.txt; ARGS=--upgrade takes the newest versions
	@.ci/lock $(ARGS)

clean: ## Delete .venv, the caches and what was built
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .uv_cache .hypothesis *.egg-info
	@find agent capture geometry tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
