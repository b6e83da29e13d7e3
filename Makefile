# `make` alone lists the verbs.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint lab app refresh slides lock clean
PY := .venv/bin/python

help: ## this list
	@echo "Facial expressions: what you can do here"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## only make the environment
	@sh tools/setup.sh

run: setup ## set everything up, execute every notebook offline, build the site
	@$(PY) tools/notebooks.py run

test: setup lint ## pass the tests: helpers, tools, pages, and every notebook
	@sh tools/test.sh

lint: setup ## style, formatting and the state of the committed notebooks
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) tools/notebooks.py check

lab: setup ## open the notebooks in JupyterLab
	@$(PY) -m jupyterlab notebooks

app: setup ## upload a face, or look into the camera: the live app in a browser
	@$(PY) -m helpers serve --open

refresh: setup ## execute the committed notebooks and figures in place
	@$(PY) tools/notebooks.py refresh

slides: setup ## one self-contained HTML deck per notebook, in build/slides/
	@$(PY) tools/publish.py slides

lock: ## lock what pyproject.toml asks for (needs uv; UPGRADE=--upgrade takes the newest versions)
	uv pip compile --universal --python-version 3.11 $(UPGRADE) --extra study --extra dev \
		--no-annotate --no-header --quiet pyproject.toml -o requirements.lock

clean: ## remove what was made: environment, site, caches (never your data/raw)
	rm -rf .venv build site .pytest_cache .ruff_cache .hypothesis
	find data/processed -mindepth 1 ! -name .gitkeep -delete
