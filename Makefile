# Needs make and Python only. Whatever is installed goes into .venv, which can be thrown away.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv

# The newest Python that PostgreSQL's package is built for is 3.14.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench constraints clean

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target what; do printf '%-20s %s\n' "$$target" "$$what"; done

demo: $(VENV)/.installed ## Start a filled Dateline at http://127.0.0.1:8000
	$(BIN)/dateline demo

test: lint ## Check everything: style, types, tests
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal

lint: $(VENV)/.installed-dev ## Check style and types only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.installed-dev ## Measure dates, appends, reads, rebuilding and importing
	$(BIN)/python -m bench.dates
	$(BIN)/python -m bench
	$(BIN)/python -m bench.long_histories
	$(BIN)/python -m bench.rebuilding
	$(BIN)/python -m bench.importing 20000
	$(BIN)/python -m bench.names
	$(BIN)/python -m bench.followers
	$(BIN)/python -m bench.revisions
	$(BIN)/python -m bench.replaying

constraints: | $(VENV)/.made ## Choose the newest versions that fit, and write them down
	rm -rf build/constraints
	$(BIN)/python -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet hatchling editables setuptools '.[dev]'
	{ sed -n '/^#/p' constraints.txt; \
	  build/constraints/bin/python -m pip freeze --all --exclude dateline --exclude pip | \
	  sed "s/^uvloop==.*/&; sys_platform != 'win32'/" | LC_ALL=C sort -f; } > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/constraints

clean: ## Remove what was made here; Dateline's data is elsewhere and stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@test -n "$(PYTHON)" || { \
		echo 'Dateline needs Python 3.11 to 3.14, and none is on the PATH. PYTHON=... names one.'; \
		exit 1; }
	@$(PYTHON) -c '$(FITS)' || { \
		echo 'Dateline needs Python 3.11 to 3.14, and $(PYTHON) is another.'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo '$(PYTHON) cannot make virtual environments: on Debian, install python3-venv.'; \
		exit 1; }
	@$(BIN)/python -c 'import pip; $(FITS)' 2>/dev/null || $(PYTHON) -m venv $(VENV)
	@touch $@

# The build's own tools are installed first, so that they are held to the constraints as well.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.made
	@echo 'Installing what Dateline needs into $(VENV): this may take a minute.'
	@$(PIP) install --quiet -c constraints.txt hatchling editables
	@$(PIP) install --quiet -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo 'Installing what its tests need.'
	@$(PIP) install --quiet -c constraints.txt setuptools
	@$(PIP) install --quiet -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@
