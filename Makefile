# `make demo` and `make test` set up everything they need: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types unit build reference parity test-embeddings bench calibrate clean

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

# Against the reference programs; see tests/parity/README.md. Heavier than the suite and not part of it.
parity: $(VENV)/.peers
	$(BIN)/pytest tests/parity

# The one baseline with a model (some GB with torch) has an environment and tests of its own.
test-embeddings: $(VENV)-embeddings/.ready
	$(VENV)-embeddings/bin/pytest tests/embeddings

$(VENV)-embeddings/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-embeddings
	$(VENV)-embeddings/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(VENV)-embeddings/bin/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt pytest -e '.[embeddings]'
	touch $(VENV)-embeddings/.ready

bench: $(VENV)/.peers
	$(BIN)/python -m benchmarks

calibrate: $(READY)
	$(BIN)/python -m benchmarks.calibrate

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
	rm -rf $(VENV) $(VENV)-embeddings runs dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
