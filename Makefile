# The developer's menu: `make help`. Everything is made in this tree: .venv/ and target/.
#
# Rust is built in one profile, release, for the extension, the tests and clippy, so that nothing is compiled twice.

PYTHON ?=
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
CARGO ?= cargo
ONLY ?=
BENCH_ARGS ?=
DEMO_ARGS ?=
PYTEST_ARGS ?=
FUZZ_RUNS ?= 10000000
KILLS ?= 1000
SOAK_MINUTES ?= 20
HISTORIES ?= 100000
STALL_SECONDS ?= 60
OUTAGE_SECONDS ?= 60
FUZZ_TARGETS ?= sketches/hll sketches/kll sketches/tdigest sketches/frequent wire/ipc wire/snapshot wire/ingest
DEEP_CASES ?= 100000
PROPERTY_CASES ?= 5000
# Properties draw the same cases in each review, and others in `test-deep`.
SEED ?= 2013
SANITIZER_TARGET ?= x86_64-unknown-linux-gnu
# Names, or parts of them, of the laws about bounds that are stated as certain.
CERTIFICATES := hard_batches_are_certified digests_are_faithful heavy_ends_are_split histogram_quantiles_keep \
	histogram_ranks_rise sketches_are_sound bounds_hold

VENV := .venv
BIN := $(VENV)/bin
INTEROP := .venv-interop
# Libraries whose definitions the recipes follow, each in an environment of its own: they want different versions of pandas.
LIBRARIES := evidently nannyml scouter whylogs
RECIPE := .venv-recipe
# Stamps: made when what they name is done, older than what they are made of when it has to be done again.
DEPENDENCIES := $(VENV)/dependencies.stamp
EXTENSION := $(VENV)/extension.stamp
RUST_SOURCES := $(wildcard Cargo.*) $(shell find rust \( -name tests -o -name benches -o -name fuzz \) -prune -o -name '*.rs' -print -o -name Cargo.toml -print)
# Prints what pyproject.toml asks for, one a line: the dependencies and those of the extra `dev`.
REQUIREMENTS := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["dependencies"], *project["optional-dependencies"]["dev"], sep="\n")

# Cargo for all crates, the bindings too. It is told what maturin tells it, else each would build PyO3 anew after the other.
CARGO_ALL = PYO3_BUILD_EXTENSION_MODULE=1 \
	$(addprefix PYO3_CONFIG_FILE=,$(shell ls $(CURDIR)/target/maturin/pyo3-config-*.txt 2>/dev/null | head -n 1)) $(CARGO)

export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET := 1

.DEFAULT_GOAL := help
.PHONY: help setup build test test-deep test-integrations test-interop test-recipes soak fuzz lint fmt bench demo proto docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

setup: $(DEPENDENCIES) ## Make .venv/ with all dependencies

build: $(EXTENSION) ## Build the Rust core into the Python package

test: $(EXTENSION) ## Run all tests; PYTEST_ARGS="-k client" goes to pytest
	$(addprefix PROPTEST_RNG_SEED=,$(SEED)) $(CARGO_ALL) test --release --locked --workspace
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# Each program comes from where its script in setup/ says, into target/integrations/; ONLY=prometheus takes one. They all are
# dead for OUTAGE_SECONDS once.
test-integrations: $(EXTENSION) ## Test against the programs that driftline tells, which are fetched; ONLY=prometheus takes one
	@set -e; for setup in tests/integrations/setup/$(or $(ONLY),*).sh; do sh $$setup $(CURDIR)/target/integrations; done
	OUTAGE_SECONDS=$(OUTAGE_SECONDS) $(BIN)/python -m pytest tests/integrations/integration_$(ONLY)*.py $(PYTEST_ARGS)

test-interop: $(EXTENSION) $(INTEROP)/dependencies.stamp ## Check our sketches with DataSketches and Spark (Java 17)
	$(INTEROP)/bin/python -m pytest tests/interop/interop_*.py

test-recipes: $(EXTENSION) $(LIBRARIES:%=$(RECIPE)-%/dependencies.stamp) ## Check each recipe with the library that it is of
	$(BIN)/python -m pytest tests/recipes/recipe_*.py

# All properties by new cases, the certificates by many of them, and damaged Arrow streams held against Arrow's own reader; then
# what has unsafe code, the sketches, with every access to memory checked. What `fuzz` runs must compile, which needs C++.
test-deep: $(EXTENSION) ## Test properties by PROPERTY_CASES new cases, certificates by DEEP_CASES, memory by AddressSanitizer
	PROPTEST_CASES=$(PROPERTY_CASES) PROPTEST_MAX_GLOBAL_REJECTS=1000000 $(CARGO_ALL) test --release --locked --workspace
	DRIFTLINE_HYPOTHESIS=ci $(BIN)/python -m pytest $$(grep -rl --include='test_*.py' 'hypothesis import' tests)
	DRIFTLINE_DEEP_CASES=$(DEEP_CASES) $(BIN)/python -m pytest tests/hostile
	PROPTEST_CASES=$(DEEP_CASES) $(CARGO) test --release --locked -p driftline-sketches --test laws -- $(CERTIFICATES)
	@set -e; for crate in sketches wire; do $(CARGO) check --release --locked --manifest-path rust/$$crate/fuzz/Cargo.toml; done
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $(CARGO) test --release --locked --target $(SANITIZER_TARGET) \
	  --target-dir target/sanitizer -p driftline-sketches --lib --tests

soak: $(EXTENSION) ## Kill a collector KILLS times, its log in HISTORIES histories; load it SOAK_MINUTES, flood it STALL_SECONDS
	PROPTEST_CASES=$(HISTORIES) $(CARGO_ALL) test --release --locked -p driftline-engine --test log
	DRIFTLINE_KILLS=$(KILLS) DRIFTLINE_STALL_SECONDS=$(STALL_SECONDS) DRIFTLINE_SOAK_MINUTES=$(SOAK_MINUTES) \
	  $(BIN)/python -m pytest tests/reliability

fuzz: ## Fuzz every reader of bytes; needs cargo-fuzz
	@set -e; for target in $(FUZZ_TARGETS); do \
	  cd $(CURDIR)/rust/$${target%/*}/fuzz; name=$${target#*/}; mkdir -p corpus/$$name; \
	  $(CARGO) fuzz run --fuzz-dir . --sanitizer none $$name corpus/$$name seeds/$$name -- \
	    -runs=$(FUZZ_RUNS) -rss_limit_mb=512 -timeout=10; \
	done

lint: $(EXTENSION) ## Check format, lints, types and stubs
	$(CARGO) fmt --all --check
	$(CARGO_ALL) clippy --release --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	test -f python/driftline/_core.pyi
	$(BIN)/python -m mypy.stubtest driftline._core --mypy-config-file pyproject.toml

fmt: $(DEPENDENCIES) ## Format, and repair what the linters can
	$(CARGO) fmt --all
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(EXTENSION) ## Run the benchmarks; ONLY=profile_stream runs one
	$(BIN)/python -m benches $(ONLY) $(BENCH_ARGS)

# An Alertmanager that `make test-integrations` has put there is taken, too.
demo: $(EXTENSION) ## Run the main job on a year of real flights; DEMO_ARGS=--quick runs a part of it
	PATH="$$PATH:$(CURDIR)/target/integrations/alertmanager" $(BIN)/driftline demo $(DEMO_ARGS)

proto: $(EXTENSION) ## Generate the Python and Rust code of proto/ again
	$(BIN)/python proto/generate.py
	DRIFTLINE_REGENERATE=1 $(CARGO_ALL) test --release --locked --workspace --test generated

docs: ## Build the reference of the Rust crates into target/doc/
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

clean: ## Remove all that was built, .venv/ too
	$(CARGO) clean
	rm -rf $(VENV) $(INTEROP) $(RECIPE)-* benches/.venv-* python/driftline/_core*.so .hypothesis .mypy_cache .pytest_cache .ruff_cache benches/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV)/ with $$python"; exec "$$python" -m venv $(VENV); \
	  fi; \
	done; \
	echo "driftline needs Python 3.11 or newer, found none as: $(PYTHONS). Name one: make PYTHON=/path/to/python3" >&2; \
	exit 1

$(DEPENDENCIES): pyproject.toml | $(BIN)/python
	@echo "Installing the Python packages; the first time takes some minutes"
	@$(BIN)/python -c '$(REQUIREMENTS)' > $(VENV)/requirements.txt
	$(BIN)/python -m pip install --requirement $(VENV)/requirements.txt
	@touch $@

# Spark and DataSketches, and by a path file all that $(VENV) has.
$(INTEROP)/dependencies.stamp: tests/interop/requirements.txt $(DEPENDENCIES)
	$(BIN)/python -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --requirement $<
	$(INTEROP)/bin/python -c 'import pathlib, sys, sysconfig; \
	  pathlib.Path(sysconfig.get_path("purelib"), "driftline-development.pth").write_text(f"import site; site.addsitedir({sys.argv[1]!r})\n")' \
	  "$$($(CURDIR)/$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@touch $@

$(RECIPE)-%/dependencies.stamp: tests/recipes/%.txt | $(BIN)/python
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --requirement $<
	@touch $@

$(EXTENSION): $(DEPENDENCIES) $(RUST_SOURCES)
	@command -v $(CARGO) >/dev/null || { echo "driftline needs cargo (Rust 1.88 or newer), found none on PATH" >&2; exit 1; }
	$(BIN)/maturin develop --release --locked
	@touch $@
