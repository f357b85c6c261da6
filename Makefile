# iam_fdw. As root, or with sudo:
#   make test      install all that is missing, and run the whole suite, lint and types included
#   make install   build minicorn for the system's PostgreSQL and install it
#   make uninstall remove it again
#   make lint      lint and types alone
#   make check-asan, check-refs, check-roots   the slower suites: see the comments below
#   make bench     benchmarks, each against a named reference
PG_CONFIG ?= pg_config
PYTHON ?= /usr/bin/python3
# Virtual environment and Debian roots, kept between runs.
CACHE ?= /var/cache/iam_fdw

export PG_CONFIG PYTHON CACHE

MINICORN = $(MAKE) -C minicorn with_llvm=no PG_CONFIG=$(PG_CONFIG) PYTHON=$(PYTHON)
venv = $(CACHE)/venv
stamp = $(venv)/.installed

.PHONY: all deps install uninstall test test-only lint bench check-asan check-refs check-roots clean

all: deps
	$(MINICORN)

# Debian's packages, each only if it is missing.
deps:
	./tests/deps

install: all
	$(MINICORN) install

uninstall:
	$(MINICORN) uninstall

$(stamp): tests/requirements.txt | deps
	./tests/deps test
	mkdir -p $(CACHE)
	$(PYTHON) -m venv $(venv)
	$(venv)/bin/pip install --quiet -r tests/requirements.txt
	touch $@

lint: $(stamp)
	$(venv)/bin/ruff check .
	$(venv)/bin/ruff format --check .
	$(venv)/bin/mypy

test: lint test-only

test-only: install $(stamp)
	./tests/run $(venv) pytest tests $(PYTEST_ARGS)

# The same suite with minicorn built for AddressSanitizer.
check-asan: $(stamp)
	./tests/private $(venv) asan

# The suite's scans in a debug build of Python: no reference may leak.
check-refs: $(stamp)
	./tests/private $(venv) refs

# Other PostgreSQL and Python versions, each in a Debian root of its own.
check-roots:
	./tests/roots

bench: install $(stamp)
	./tests/run $(venv) bench/run

clean:
	$(MINICORN) clean
