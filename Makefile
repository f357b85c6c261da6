# iam_fdw. The README has what each target does; all run as root, or with sudo.
PG_CONFIG ?= pg_config
PYTHON ?= /usr/bin/python3
# A virtual environment for the tests, and Debian roots, kept between runs.
CACHE ?= /var/cache/iam_fdw

export PG_CONFIG PYTHON CACHE

MINICORN = $(MAKE) -C minicorn with_llvm=no PG_CONFIG=$(PG_CONFIG) PYTHON=$(PYTHON)
venv = $(CACHE)/venv
stamp = $(venv)/.installed

.PHONY: all deps install uninstall test suite lint fuzz bench check-asan check-refs check-roots clean

all: deps
	$(MINICORN)

deps:
	./tests/deps

install: all
	$(MINICORN) install

uninstall:
	$(MINICORN) uninstall

# What the server's user must be able to read is made for all to read.
$(stamp): tests/requirements.txt
	./tests/deps test
	umask 022; mkdir -p $(CACHE)
	umask 022; $(PYTHON) -m venv $(venv)
	umask 022; $(venv)/bin/pip install --quiet -r tests/requirements.txt
	touch $@

lint: $(stamp)
	$(venv)/bin/ruff check .
	$(venv)/bin/ruff format --check .
	$(venv)/bin/mypy

test: lint suite

suite: install $(stamp)
	./tests/run $(venv) pytest tests $(PYTEST_ARGS)

fuzz: install $(stamp)
	FUZZ_ROUNDS=300 ./tests/run $(venv) pytest tests/minicorn/test_fuzz.py $(PYTEST_ARGS)

check-asan: deps $(stamp)
	./tests/private $(venv) asan $(PYTEST_ARGS)

check-refs: deps $(stamp)
	./tests/private $(venv) refs $(PYTEST_ARGS)

check-roots:
	./tests/roots $(ROOTS)

bench: install $(stamp)
	./tests/run $(venv) bench/run $(BENCH_ARGS)

clean:
	$(MINICORN) clean
