# One target per job; `make help` lists them. Everything runs in .venv, which make creates itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
SUBMISSIONS ?= submissions
TAG ?=
PY := .venv/bin/python
export JAX_PLATFORMS ?= cpu
export TPU_SKIP_MDS_QUERY ?= 1
export PYTHONHASHSEED ?= 0
unexport PYTHONDONTWRITEBYTECODE  # else each of some hundred processes compiles JAX and all else anew

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

read: site  ## build the book and serve it on 127.0.0.1 (another port: PORT=8001)
	@$(PY) -m tools.serve --port $(PORT)

test: .venv/test chromium npm  ## install what is missing and run every check (Linux)
	$(MAKE) -j 2 --output-sync=target site lint
	$(PY) -m tools.chapters --check
	$(PY) -m tools.exercises --check
	$(PY) -m pytest -n 2 --dist worksteal --durations 10
	TOKENWORKS_MEASURE_ONCE=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --nbval chapters/*.ipynb --durations 10 -o addopts= -W default

site: .venv/book | node_modules  ## build the book into _build/html, warnings as errors
	@$(PY) -m tools.book

chapters: .venv/book  ## execute chapters/*.md into notebooks, byte for byte
	$(PY) -m tools.chapters

exercises: .venv/book  ## derive the student notebooks from the exercises in the package
	$(PY) -m tools.exercises

class: .venv/test  ## build the exercises for Otter and Gradescope (needs TOKENWORKS_HIDDEN_SEED)
	$(PY) -m tools.classroom build

grade: .venv/test  ## grade a folder of notebooks: make grade SUBMISSIONS=folder (needs the seed)
	$(PY) -m tools.classroom grade "$(SUBMISSIONS)"

format: .venv/test  ## rewrite the sources in the house format
	$(PY) -m tools.chapters --format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lint: .venv/test  ## formatting, style, types and spelling, as pre-commit does
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/codespell

measure: .venv/book  ## rewrite the record of the cells that time this machine
	$(PY) -m tools.chapters --measure

bench: .venv/test chromium .venv-aiperf/bin/aiperf  ## run the benchmarks and rewrite benchmarks/results
	$(PY) benchmarks/decode.py
	$(PY) benchmarks/engine.py
	$(PY) benchmarks/attention.py
	$(PY) benchmarks/verify_pass.py
	$(PY) benchmarks/speculation.py
	$(PY) benchmarks/import_time.py
	$(PY) benchmarks/server.py
	$(PY) -m benchmarks.fuzz_server
	$(PY) -m benchmarks.grammar_masks
	$(PY) -m benchmarks.clients
	$(PY) benchmarks/load_generator.py
	$(PY) benchmarks/simulator.py
	$(PY) -m benchmarks.cluster
	$(PY) -m benchmarks.cluster_traces
	$(PY) -m benchmarks.peer_inference_lab
	$(PY) -m benchmarks.widget_answer

runner: node_modules  ## build into _build/runner what runs Python in a page
	@$(PY) -m tools.page_python

wheel: .venv/release  ## build dist/tokenworks-*.whl, to put beside a notebook
	@$(PY) -m tools.release --wheel

release: site .venv/release  ## build into dist/ what a release carries (checks its tag: TAG=v0.1.0)
	@$(PY) -m tools.release --tag "$(TAG)"

tag: .venv/release  ## say whether a tag can be released, before anything is built: TAG=v0.1.0
	@$(PY) -m tools.release --tag "$(TAG)" --check

lock:  ## rewrite requirements.txt from the newest versions that pyproject.toml allows
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install -q -e '.[book,release,test]'
	.venv-lock/bin/pip freeze -q --exclude-editable | grep -v '^pip==' > requirements.txt
	rm -rf .venv-lock

chromium:  ## install the browser of the tests with apt where it is missing
	@.ci/ensure chromium chromium chromium-browser google-chrome

npm:  ## install npm with apt where it is missing
	@.ci/ensure npm npm

# Where there is no npm the site is built all the same, without Python in its pages.
node_modules: package-lock.json
	@if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	  else echo 'npm is missing, so no page of the site will run Python (Debian: apt-get install npm)'; fi

clean:  ## remove what was built, keep .venv and the weights
	rm -rf _build build dist exercises/dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one with PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo 'Could not create .venv; on Debian: apt-get install python3-venv'; exit 1; }

# The lock is a constraint, so that each job installs only the extras that it needs. Python compiles
# what is imported; compiling all 12,000 files beforehand would take most of a minute.
.venv/%: requirements.txt pyproject.toml | .venv/bin/python
	@echo 'Installing the packages for "$*" into .venv (some minutes the first time)'
	@$(PY) -m pip install -q --disable-pip-version-check --no-compile -c requirements.txt -e '.[$*]'
	@touch $@

.venv/test: | .venv/book

# A load generator whose pins do not go together with ours, and of 1.2 GB: it lives by itself.
.venv-aiperf/bin/aiperf:
	$(PYTHON) -m venv .venv-aiperf
	.venv-aiperf/bin/pip install -q --disable-pip-version-check aiperf==0.13.0

.PHONY: help read test site chapters exercises class grade format lint measure bench runner wheel release tag lock chromium npm clean
