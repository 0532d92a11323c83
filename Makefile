# Two commands matter: `make run` and `make test`. `make help` lists the rest.
#
# Both make .venv where it is missing and install exact versions from the lock files. A stamp remembers what was
# installed, so a second call starts at once; an edited lock file or pyproject.toml makes the stamp stale.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV ?= .venv
SCENARIO ?= op_ed
# Processes that share the tests.
JOBS ?= auto
# More words for the command behind `make run` and `make test`: make run ARGS="--seed 2"
ARGS ?=

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev
NOTEBOOK_STAMP := $(VENV)/.stamp-notebook
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
BENCHMARKS := $(sort $(wildcard benchmarks/bench_*.py))

# `python3` first, as it is what the user chose; a pyenv shim can exist and fail, so each candidate is asked to run.
# Set PYTHON to name another one.
PYTHON ?=
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python)
TESTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (3, 11))

.PHONY: help run test notebook test-all test-viz fuzz lint docs baselines bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(RUN_STAMP) ## run the default scenario (SCENARIO=mosul_2016, ARGS="--seed 2")
	@$(PY) run.py run $(SCENARIO) $(ARGS)

test: lint ## lint, types, tests and notebooks (ARGS="-k city" narrows the tests)
	PYTHONWARNINGS=error::UserWarning $(PY) -m pytest -n $(JOBS) --dist loadfile $(if $(NOTEBOOKS),--nbmake --nbmake-timeout=900) tests $(NOTEBOOKS) $(ARGS)

notebook: $(NOTEBOOK_STAMP) ## open JupyterLab with the notebooks (ARGS="--no-browser" where there is none)
	$(PY) -m jupyterlab --notebook-dir=notebooks $(ARGS)

test-all: $(PY) ## the tests under Python 3.11, 3.12 and 3.13, as far as they are here (ARGS="tests/battle" narrows)
	@$(PY) tests/every_python.py -- $(ARGS)

test-viz: $(PY) ## the tests of the browser page, in an environment with the extra viz
	@$(PY) tests/every_python.py --viz -- $(ARGS)

fuzz: $(DEV_STAMP) ## some 10,000 spoilt inputs, each refused in words or sound (ARGS="--seed 2", "--kind run_bytes --only 17")
	$(PY) tests/fuzz/fuzz.py $(ARGS)

lint: $(DEV_STAMP) ## ruff, mypy, and that notebooks carry no outputs
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(if $(NOTEBOOKS),$(PY) -m nbstripout --verify $(NOTEBOOKS))

docs: $(RUN_STAMP) ## write the generated pages again: parameters, JSON schema, outcomes
	$(PY) run.py schema --write

baselines: $(DEV_STAMP) ## measure tests/baselines/ anew and say what moved (ARGS=--keep-revision: nobody has the last ones yet)
	$(PY) tests/baselines/update.py $(ARGS)

bench: $(DEV_STAMP) ## measure speed and memory (minutes; run it on an idle machine)
	@test -n "$(BENCHMARKS)" || echo "no benchmarks/bench_*.py yet"
	@set -e; for script in $(BENCHMARKS); do echo "$$script"; $(PY) $$script $(ARGS); done

lock: ## resolve the lock files anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header --extra notebook --extra cluster --extra sensitivity --extra discovery -c requirements-dev.lock pyproject.toml -o requirements-notebook.lock

clean: ## remove caches and build leftovers; keeps .venv and runs/
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find sim tests benchmarks studies -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A real prerequisite of the stamps, not an order-only one: an interpreter that went away or was replaced makes them stale.
$(PY):
	@found=; \
	for check in '$(TESTED)' '$(USABLE)'; do \
	  for python in $(CANDIDATES); do \
	    if "$$python" -c "$$check" >/dev/null 2>&1; then found=$$python; break 2; fi; \
	  done; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "This needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian and Ubuntu: apt install python3-venv)."; \
	  echo "Tried:"; \
	  for python in $(CANDIDATES); do \
	    echo "  $$python: $$("$$python" --version 2>/dev/null || echo none that runs)"; \
	  done; \
	  echo "Another one can be named: make PYTHON=/path/to/python3.12 ..."; \
	  exit 1; \
	fi; \
	version=$$("$$found" --version); \
	"$$found" -c '$(TESTED)' || echo "note: tested on Python 3.11 to 3.13, not on $$version"; \
	echo "making $(VENV) with $$version"; \
	"$$found" -m venv --clear $(VENV)

$(RUN_STAMP): requirements.lock pyproject.toml $(PY)
	@echo "installing what a run needs into $(VENV), about a minute"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

# The development lock holds every pin of the run-time lock, so it serves `make run` too.
$(DEV_STAMP): requirements-dev.lock requirements.lock pyproject.toml $(PY)
	@echo "installing what runs and tests need into $(VENV), about a minute"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PIP) install -r requirements-dev.lock
	@$(PIP) install --no-deps -e .
	@touch $(RUN_STAMP) $@

$(NOTEBOOK_STAMP): requirements-notebook.lock requirements.lock pyproject.toml $(PY)
	@echo "installing what notebooks need into $(VENV), about a minute"
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PIP) install -r requirements-notebook.lock
	@$(PIP) install --no-deps -e .
	@touch $(RUN_STAMP) $@
