# `make demo` and `make test` set up everything they need: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types unit build reference docs parity test-spark bench calibrate clean

demo: $(READY)
	$(BIN)/goldwire demo

test: lint types unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

unit: $(READY)
	$(BIN)/pytest -n auto

reference: $(READY)
	$(BIN)/python docs/generate.py

# The pages as a site in site/, to be read from disk. docs/console.py rewrites the outputs that they show.
docs: $(VENV)/.docs
	$(BIN)/zensical build --clean

$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[dev,docs]'
	touch $(VENV)/.docs

# Against the reference programs; see tests/parity/README.md. Heavier than the suite and not part of it.
parity: $(VENV)/.peers
	$(BIN)/pytest tests/parity

# The Spark engine on two threads; needs Java 17.
test-spark: $(VENV)/.spark
	$(BIN)/pytest tests/spark

bench: $(VENV)/.peers
	$(BIN)/python -m benchmarks

calibrate: $(READY)
	$(BIN)/python -m benchmarks.calibrate

$(VENV)/.spark: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[dev,spark]'
	touch $(VENV)/.spark

$(VENV)/.peers: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[dev,peers]'
	touch $(VENV)/.peers

build: $(READY)
	$(BIN)/goldwire build annotations -o dataset

$(READY): pyproject.toml tests/constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[dev]'
	touch $(READY)

clean:
	rm -rf $(VENV) runs dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
