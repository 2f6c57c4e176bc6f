# `make help` lists the targets. Everything generated lies in _build/, the environment in .venv/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := course
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV ?= .venv
STUDENTS ?= 30
DEMO ?= 02-vanilla-rnn

export PYTHON
export PYTHONUNBUFFERED := 1
BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
ENV := $(VENV)/.ready
DONE := _build/done

# What a step depends on: these files, and the list of their names (so that removing one counts).
files = $(sort $(shell find $(1) -type f -not -path '*/__pycache__/*' -not -path '*/.*' 2>/dev/null))
UNROLLED := $(call files,unrolled)
AUTOGRADER := $(call files,autograder)
SOLUTIONS := $(call files,solutions)
BOOK := $(call files,book) _config.yml _toc.yml
EXPERIMENTS := $(call files,experiments)
RELEASED := $(call files,notebooks)
CHAPTERS := $(wildcard book/[0-9]*.md)

.PHONY: course
course: ## All of it: environment, notebooks, site, demo class; then where to look
	@$(PYTHON) -c '' 2>/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not there. Debian: apt-get install python3"; exit 1; }
	@scripts/system-packages.sh bubblewrap
	@$(MAKE) --no-print-directory notebooks
	@MAKE="$(MAKE)" python scripts/together.py site demo
	@scripts/where-to-look.sh "$(VENV)"

.PHONY: env
env: $(ENV) ## The virtual environment, from requirements.lock

$(ENV): requirements.lock pyproject.toml scripts/environment.py
	@scripts/system-packages.sh venv
	@$(PYTHON) scripts/environment.py $(VENV)
	@touch $@

.PHONY: notebooks
notebooks: $(DONE)/notebooks ## Student notebooks, from solutions/

$(DONE)/notebooks: $(ENV) $(DONE)/files-notebooks $(SOLUTIONS) $(CHAPTERS) $(UNROLLED) $(AUTOGRADER) nbgrader_config.py _config.yml
	autograder build
	@touch $@

$(RELEASED): $(DONE)/notebooks ;

.PHONY: site
site: $(DONE)/site ## The website, warnings as errors, in _build/html/

$(DONE)/site: $(ENV) $(DONE)/files-site $(BOOK) $(UNROLLED) $(EXPERIMENTS) $(RELEASED) scripts/site.py scripts/refresh_pages.py scripts/run_pages.py | $(DONE)/notebooks
	@python scripts/site.py
	@touch $@

.PHONY: demo
demo: $(DONE)/demo-$(DEMO)-$(STUDENTS) ## A class of simulated students, handed in and graded

$(DONE)/demo-$(DEMO)-$(STUDENTS): $(ENV) $(DONE)/notebooks $(SOLUTIONS) $(UNROLLED) $(AUTOGRADER) nbgrader_config.py scripts/demo.sh
	@scripts/system-packages.sh bubblewrap
	@rm -f $(DONE)/demo-*
	@scripts/demo.sh $(DEMO) $(STUDENTS)
	@touch $@

.PHONY: test
test: $(ENV) ## Every check: the generated files, the mistakes, the code, the site, the tests
	@scripts/system-packages.sh bubblewrap chromium libatomic
	@$(MAKE) --no-print-directory lint
	autograder build --check
	autograder selftest
	rm -rf _build/html _build/.doctrees $(DONE)/site
	@# Not the target, which would generate once more the notebooks that were just compared.
	@python scripts/site.py
	pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 10

.PHONY: lint
lint: $(ENV) ## Style, formatting, types and directions of imports
	ruff check
	ruff format --check
	mypy
	lint-imports --no-logo

.PHONY: quick
quick: $(ENV) ## What a change can have broken, in a minute or two (BASE=main: all since a branch)
	@scripts/system-packages.sh bubblewrap chromium libatomic
	@python scripts/quick.py $(BASE)

.PHONY: thorough
thorough: $(ENV) ## The examiner at full size: ten kills, a class of a hundred, the whole catalogue, 10,000 examples
	@scripts/system-packages.sh bubblewrap
	UNROLLED_FULL=1 EXAMPLES=10000 pytest -s tests/grading/test_pool.py tests/grading/test_class.py tests/grading/test_examiner.py tests/unit/test_wire.py tests/grading/test_distrust.py tests/grading/test_rebuild.py

.PHONY: bench
bench: $(ENV) $(DONE)/notebooks ## Submissions per second, against plain nbgrader
	@scripts/system-packages.sh bubblewrap
	@python scripts/bench.py

.PHONY: experiments
experiments: $(ENV) ## Run experiments/ again and compare with the stored results
	@python scripts/experiments.py

.PHONY: lock
lock: ## Resolve requirements.lock anew, from pyproject.toml
	@scripts/system-packages.sh venv
	@rm -rf _build/lock && $(PYTHON) -m venv _build/lock
	@_build/lock/bin/python scripts/lock.py && rm -rf _build/lock

.PHONY: clean
clean: ## Remove what is generated; the environment, submissions and grades stay
	rm -rf _build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# The names of the files behind a step, rewritten only when they change.
.PHONY: FORCE
$(DONE)/files-notebooks: FORCE
	@mkdir -p $(@D)
	@echo '$(SOLUTIONS) $(UNROLLED) $(AUTOGRADER)' | cmp -s - $@ || echo '$(SOLUTIONS) $(UNROLLED) $(AUTOGRADER)' > $@

$(DONE)/files-site: FORCE
	@mkdir -p $(@D)
	@echo '$(BOOK) $(UNROLLED) $(EXPERIMENTS)' | cmp -s - $@ || echo '$(BOOK) $(UNROLLED) $(EXPERIMENTS)' > $@
