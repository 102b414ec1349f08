# Needs make and Python 3.11 or later; everything else comes into .venv (tools/environment.sh).
.PHONY: help demo test test-all campaign check format bench lock clean
.DEFAULT_GOAL := help
BIN := .venv/bin
ALL := .venv-extras/bin
# Two processes, a file of tests at a time; the programs that they start are compiled once, not at each start.
PYTEST := pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo:  ## watch a simulated Meetup stream in which things happen; ARGS="--port 8001" passes options on
	@tools/environment.sh runtime
	@$(BIN)/rarebird demo $(ARGS)

test:  ## run the tests that are quick; ARGS="-k entropy" passes options on
	@tools/environment.sh dev
	@PYTHONDONTWRITEBYTECODE= $(BIN)/$(PYTEST) --hypothesis-profile fast -m "not slow and not recordings" $(ARGS)

test-all:  ## run all tests, those of the extras and in a browser too
	@tools/environment.sh extras
	@tools/environment.sh system
	@PYTHONDONTWRITEBYTECODE= $(ALL)/$(PYTEST) $(ARGS)

campaign:  ## try a million hostile inputs, and kill watches 200 times over each store; ARGS="20" for fewer kills
	@tools/environment.sh dev
	@$(BIN)/python -m tests.campaign.fuzz
	@$(BIN)/python -m tests.campaign.kills $(ARGS)
	@$(BIN)/python -m tests.campaign.parts $(firstword $(ARGS))

check:  ## style, types, layers: what has to be clean before a commit
	@tools/environment.sh dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format:  ## put the sources into their one form
	@tools/environment.sh dev
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

bench:  ## measure speed and memory; ARGS passes options on
	@tools/environment.sh dev
	@$(BIN)/python -m benchmarks $(ARGS)

lock:  ## choose the newest versions that fit and write them down with their hashes (needs uv)
	@command -v uv >/dev/null || { echo "rarebird: make lock needs uv: pip install uv" >&2; exit 1; }
	@$(LOCK) --upgrade pyproject.toml --all-extras --group dev --group extras --output-file requirements-extras.lock
	@$(LOCK) --constraint requirements-extras.lock pyproject.toml --group dev --output-file requirements-dev.lock
	@$(LOCK) --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock
	@$(LOCK) --constraint requirements-dev.lock --group build --output-file requirements-build.lock

clean:  ## remove what the other targets made
	@rm -rf .venv .venv-extras .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find src tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +
