# `make help` lists the targets. Each sets up what it needs, in .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# `python3 -m venv` needs a PATH, which a bare environment lacks.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: help setup demo test test-all torture peers bench fuzz lint vectors docs package lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

setup: .venv/.setup ## make .venv, with the `habeas` command and the tools

demo: .venv/.setup ## a made-up jail, a real kind of request, two laws, a report
	@$(BIN)/habeas demo

test: lint .venv/.debian .venv/.peers ## lint, then every test but the slow ones
	@$(PYTEST) -n 2 -m "not slow"

test-all: lint .venv/.debian .venv/.peers ## lint, then every test
	@HABEAS_TEST_ALL=1 $(PYTEST) -n 2

torture: .venv/.setup ## kill the log a thousand times, cut its power a thousand times, fail its every step
	@$(PYTEST) -n 2 -m slow tests/tlog/test_crash.py

peers: .venv/.peers ## code that is not ours and checks the log, for the tests

bench: .venv/.bench .venv/.debian ## measure what the documents claim
	@$(BIN)/python -m benchmarks

fuzz: .venv/.setup ## the property tests, with many more examples; a second prover on every promise
	@HYPOTHESIS_PROFILE=fuzz $(PYTEST) -n 2 --timeout=0 tests/properties tests/audits/test_states.py tests/proofs/test_second.py

lint: .venv/.setup ## style, types, the direction of imports, security
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive src

vectors: .venv/.setup ## write vectors/ anew
	@$(BIN)/python tests/write_vectors.py

# The notice is the theme's, about its own later life. `--quiet` would hide warnings from `--strict`.
docs: .venv/.setup ## write the pages that follow from other files, then build/site
	@$(BIN)/python tests/write_docs.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "build/site/index.html; with search: $(BIN)/python -m http.server --directory build/site"

package: .venv/.setup ## write dist/: wheel, sdist, bill of materials, checksums
	@$(BIN)/python tests/package/write_package.py

# Pins stay where the ranges allow them; `make lock UPGRADE=--upgrade` moves to the newest.
lock: .venv/.setup ## write requirements/*.txt anew from pyproject.toml and requirements/*.in
	@set -eu; \
	lock() { \
	    out=$$1; python=$$2; shift 2; \
	    $(BIN)/uv pip compile --quiet --universal --python-version "$$python" --system-certs $(UPGRADE) \
	        --generate-hashes --no-header --no-emit-index-url --output-file "requirements/$$out" "$$@"; \
	}; \
	lock runtime.txt 3.11 pyproject.toml --all-extras; \
	lock dev.txt 3.11 pyproject.toml --all-extras requirements/dev.in; \
	lock bench.txt 3.11 requirements/bench.in; \
	lock peers.txt 3.12 requirements/peers.in

clean: ## remove all that make and the tools made
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -name __pycache__ -type d -exec rm -rf {} +

# ── what the targets stand on ─────────────────────────────────────────────────────────────────────────

# A .venv that works is kept; a broken one, or one of an older Python, is made anew.
.venv/.setup: requirements/dev.txt pyproject.toml
	@set -eu; \
	new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! { $(BIN)/python -c "$$new_enough" && $(BIN)/python -m pip --version; } >/dev/null 2>&1; then \
	    python=; \
	    for each in python3 python3.11 python3.12 python3.13 python3.14; do \
	        if "$$each" -c "$$new_enough" >/dev/null 2>&1; then python=$$each; break; fi; \
	    done; \
	    if [ -z "$$python" ]; then \
	        echo "make: no Python 3.11 or newer found (looked for python3, python3.11 ... python3.14): install one" >&2; \
	        exit 1; \
	    fi; \
	    if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	        package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	        if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then \
	            echo "make: $$python cannot make a virtual environment: install $$package (sudo apt-get install $$package)" >&2; \
	            exit 1; \
	        fi; \
	        echo "make: installing $$package"; \
	        DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; \
	        apt-get update -qq; \
	        apt-get install -qq -y --no-install-recommends "$$package" >/dev/null; \
	    fi; \
	    rm -rf .venv; \
	    "$$python" -m venv .venv; \
	fi; \
	pip="$(BIN)/python -m pip -qq --disable-pip-version-check --no-input"; \
	echo "make: setting up .venv"; \
	$$pip install --require-hashes -r requirements/dev.txt; \
	$$pip install --no-deps --no-build-isolation -e .; \
	touch $@

.venv/.bench: .venv/.setup requirements/bench.txt
	@$(BIN)/python -m pip -qq --disable-pip-version-check --no-input \
	    install --require-hashes -r requirements/bench.txt
	@touch $@

# In an environment of their own: they are programs of others, and Habeas imports none of them. Two ask for a
# newer Python than they need. Go's own code of logs comes from Debian alone.
.venv/.peers: .venv/.setup requirements/peers.txt requirements/peers/package-lock.json
	@set -eu; \
	echo "make: setting up .venv/peers"; \
	package=golang-golang-x-mod-dev; \
	if [ ! -e /usr/share/gocode/src/golang.org/x/mod ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "make: installing $$package"; \
	    DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; \
	    apt-get update -qq; \
	    apt-get install -qq -y --no-install-recommends "$$package" >/dev/null; \
	fi; \
	rm -rf .venv/peers; \
	$(BIN)/python -m venv .venv/peers; \
	.venv/peers/bin/python -m pip -qq --disable-pip-version-check --no-input install \
	    --require-hashes --no-deps --ignore-requires-python -r requirements/peers.txt; \
	cp requirements/peers/package.json requirements/peers/package-lock.json .venv/peers; \
	PATH="$$PWD/.venv/peers/bin:$$PATH"; export PATH; \
	cd .venv/peers; \
	npm ci --silent --no-audit --no-fund --ignore-scripts; \
	touch ../.peers

# A browser, a database server and Spark's Java, which the tests start themselves. Whoever is not root
# installs them, or reads in the skipped tests what they would have run. (Where Debian leaves the manuals out, Java's
# package fails to link into their folder.)
.venv/.debian: .venv/.setup
	@set -eu; \
	wanted=; \
	command -v chromium >/dev/null || wanted="$$wanted chromium"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || wanted="$$wanted postgresql"; \
	command -v java >/dev/null || wanted="$$wanted openjdk-17-jre-headless"; \
	if [ -n "$$wanted" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "make: installing$$wanted"; \
	    DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; \
	    apt-get update -qq; \
	    mkdir -p /usr/share/man/man1; \
	    apt-get install -qq -y --no-install-recommends $$wanted >/dev/null; \
	fi; \
	touch $@
