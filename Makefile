# What can be done in this checkout? `make` lists it. Needs Python 3.11 to 3.13 with venv, and make.

PYTHON ?= python3
PIP_INSTALL = -m pip install --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench learn ladder certify readme clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed ## Install gamelab and its tools into .venv, with the versions pinned in constraints.txt

demo: setup ## Train, watch and rank in a few minutes: the tour
	.venv/bin/gamelab demo

# Work stealing keeps neighbouring tests in one process, so that two do not compile the same kernels at the same time.
test: setup ## Run the tests
	.venv/bin/python -m pytest -n 2 --dist worksteal

check: setup ## Check format, style and types
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy envs agents arena replays

bench: .venv-bench/.installed ## Measure steps a second beside other libraries, in .venv-bench
	-$(MAKE) .venv-mario/.installed
	.venv-bench/bin/python -m tests.bench.speed
	.venv-bench/bin/python -m tests.bench.match
	.venv-bench/bin/python -m tests.bench.count_positions
	NUMBA_BOUNDSCHECK=1 .venv-bench/bin/python -m tests.bench.platformer_soak

learn: .venv-bench/.installed ## Train, measure and write docs/learning.md; ROWS="cartpole memory" SEEDS=1 FRESH=1
	.venv-bench/bin/python -m tests.bench.learn $(ROWS) $(if $(SEEDS),--seeds $(SEEDS)) \
	  $(if $(BUDGET),--budget $(BUDGET)) $(if $(FRESH),--fresh)

ladder: setup ## Train AlphaZero on 7x7, let it meet the other players of Go, and write README.md's table of it
	.venv/bin/python -m tests.bench.ladder

certify: setup ## Find a route through every level of the platformer's sets and keep it
	.venv/bin/python -m tests.bench.certify_levels

readme: setup ## Make the tables and pictures of README.md anew
	.venv/bin/python -m arena.readme

# gym-super-mario-bros, one of the peers, needs a NumPy before 2: hence a third. Without it its recorded figure is shown.
.venv-mario/.installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --disable-pip-version-check -q gym-super-mario-bros==7.4.0 "numpy<2"
	@touch $@

clean: ## Remove caches and builds; .venv, .venv-bench and runs/ stay
	find envs agents arena replays tests -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis

# minigrid, one of the peers, brings pygame-ce, which would overwrite the pygame of .venv: hence a second venv.
.venv/.installed: EXTRAS = test,check
.venv-bench/.installed: EXTRAS = test,peers
.venv/.installed .venv-bench/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "gamelab needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is another or is missing." >&2; \
	  echo "Name one, for example: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(@D): some minutes the first time"
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python $(PIP_INSTALL) -e ".[$(EXTRAS)]"
	@touch $@
