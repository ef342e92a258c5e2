# Everything that one does with reelsheet, from a fresh clone on. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt
# Tests wait for processes of their own, which wait for each other: two more at a time than there are cores keep these busy.
PYTEST = $(BIN)/python -m pytest --numprocesses $$($(BIN)/python -c 'import os; print(2 + (os.cpu_count() or 1))') --dist worksteal
DATASET ?= dataset
export PIP_REQUIRE_VIRTUALENV = true
unexport PYTHONDONTWRITEBYTECODE  # tests start a hundred interpreters, each of which would compile our modules anew

.DEFAULT_GOAL := help
.PHONY: help setup dev demo serve test check format golden bench torture clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready  ## make .venv with the command .venv/bin/reelsheet, and make sure of ffmpeg

dev: $(VENV)/.ready-dev

$(VENV)/.ready: EXTRAS = engine
$(VENV)/.ready-dev: EXTRAS = engine,dev
$(VENV)/.ready $(VENV)/.ready-dev: pyproject.toml constraints.txt .ci/system.sh
	@PYTHON="$(PYTHON)" sh .ci/system.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages of [$(EXTRAS)] into $(VENV) (a minute or two) ..."
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $(VENV)/.ready $@

demo: setup  ## analyse the samples on the embedded engine and show the tables
	@$(BIN)/reelsheet analyze samples/ --provider local --language en --settle 0 --dataset $(DATASET)
	@$(BIN)/python -m samples.tour $(DATASET)

serve: setup  ## run the schedules of prefect.yaml here: server, worker, deployments (REELSHEET_INPUTS, REELSHEET_DATASET)
	@$(BIN)/python -m flows.runtime.schedules

test: dev  ## run the tests, on all cores
	@$(PYTEST)

check: dev  ## ruff and mypy, changing nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: dev  ## let ruff tidy the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

golden: dev  ## write the golden files anew, to be reviewed with git diff
	@$(BIN)/python -m tests.golden.regenerate

bench: dev  ## measure all, or ONLY="slots memory", into bench/RESULTS.md; on a quiet machine, an hour or so
	@$(PIP) --editable '.[engine,dev,bench]'
	@$(BIN)/python -m bench.results $(ONLY)

torture: dev  ## kill hundreds of runs at random instants, and the tests that take long; CI does so weekly
	@$(PYTEST) -m 'torture or long'
	@$(PYTEST) tests/unit --hypothesis-profile torture

clean:  ## remove the environment and what tools left; never a dataset
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
