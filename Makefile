# `make demo` and `make test` set up everything they need: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types unit build reference docs parity test-models test-embeddings test-spark conformance bench bench-scale billion calibrate clean

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

# The one baseline with a model (some GB with torch) has an environment and tests of its own.
test-embeddings: $(VENV)-embeddings/.ready
	$(VENV)-embeddings/bin/pytest tests/embeddings

$(VENV)-embeddings/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-embeddings
	$(VENV)-embeddings/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(VENV)-embeddings/bin/python -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt pytest -e '.[embeddings]'
	touch $(VENV)-embeddings/.ready
# The Spark engine on two threads; needs Java 17.
test-spark: $(VENV)/.spark
	$(BIN)/pytest tests/spark

# All engines against the scorer in memory, on a million items: minutes, not part of the suite; needs Java 17.
conformance: $(VENV)/.spark
	$(BIN)/pytest tests/conformance -s

bench: $(VENV)/.peers
	$(BIN)/python -m benchmarks

# A hundred million labels, a million articles: half an hour, 30 GB of disk, Java 17.
bench-scale: $(VENV)/.peers $(VENV)/.spark
	$(BIN)/python -m benchmarks --large

# What one more document costs on Spark, and what a billion would.
billion: $(VENV)/.spark
	$(BIN)/python -m benchmarks.billion

# Adapters of models, on tiny ones built by the tests: torch, transformers, gliner, inspect_ai, 2 GB in a place of their own.
test-models: .venv-models/.ready
	.venv-models/bin/python -m pytest tests/models

.venv-models/.ready: pyproject.toml tests/constraints-models.txt
	$(PYTHON) -m venv .venv-models
	.venv-models/bin/python -m pip install --quiet --disable-pip-version-check -c tests/constraints-models.txt -e '.[models]' pytest
	touch .venv-models/.ready

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
	rm -rf $(VENV) $(VENV)-* runs dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
