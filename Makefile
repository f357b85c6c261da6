# iam_fdw. The README has what each target does; all run as root, or with sudo.
PG_CONFIG ?= pg_config
PYTHON ?= /usr/bin/python3
# The virtual environment that the server runs, and its command.
PREFIX ?= /usr/local/lib/iam_fdw
BIN ?= /usr/local/bin
# A virtual environment for the tests, and Debian roots, kept between runs.
CACHE ?= /var/cache/iam_fdw

export PG_CONFIG PYTHON CACHE

MINICORN = $(MAKE) -C minicorn with_llvm=no PG_CONFIG=$(PG_CONFIG) PYTHON=$(PYTHON)
venv = $(CACHE)/venv
# Made anew when the requirements change, whatever the times of files: a checkout has its own.
stamp = $(venv)/.installed-$(word 1,$(shell cksum tests/requirements.txt))
clients = $(venv)/.clients-$(word 1,$(shell cksum tests/clients/requirements.txt))
# Tests that need a world of their own.
APART = --ignore tests/clients --ignore tests/image --ignore tests/prowler --ignore tests/superset

.PHONY: all deps demo install uninstall generate test suite suite-multicorn check lint fuzz bench
.PHONY: check-asan check-refs check-roots check-multicorn check-docker check-superset check-prowler clean

all: deps
	$(MINICORN)

deps:
	@./tools/deps

demo: install
	@$(PREFIX)/bin/iam-fdw demo

# What the server's user must be able to read is made for all to read.
# minicorn is built for the environment's interpreter, and before that anew: it holds the path.
install: deps
	@echo "Installing iam_fdw into $(PREFIX), and minicorn into PostgreSQL"
	@umask 022; $(PYTHON) -m venv $(PREFIX)
	@umask 022; $(PREFIX)/bin/pip install --quiet --disable-pip-version-check .
	@rm -rf build iam_fdw.egg-info
	@$(MINICORN) clean >/dev/null
	@umask 022; $(MINICORN) PYTHON=$(PREFIX)/bin/python3 install >/dev/null
	@mkdir -p $(BIN) && ln -sf $(PREFIX)/bin/iam-fdw $(BIN)/iam-fdw

uninstall:
	$(MINICORN) uninstall
	rm -rf $(PREFIX) $(BIN)/iam-fdw

$(stamp):
	./tools/deps test
	umask 022; mkdir -p $(CACHE)
	umask 022; $(PYTHON) -m venv $(venv)
	umask 022; $(venv)/bin/pip install --quiet -r tests/requirements.txt
	touch $@

lint: $(stamp)
	$(venv)/bin/ruff check .
	$(venv)/bin/ruff format --check .
	$(venv)/bin/mypy --cache-dir $(CACHE)/mypy

generate: $(stamp)
	$(venv)/bin/python3 -m iam_fdw.generate

# What needs no PostgreSQL: while you write.
check: lint
	WORKERS=3 TIMING=no ./tools/run $(venv) tools/suite tests/unit $(PYTEST_ARGS)

test: lint suite

suite: install $(stamp)
	./tools/run $(venv) tools/suite tests $(APART) $(PYTEST_ARGS)

fuzz: install $(stamp)
	FUZZ_ROUNDS=300 ./tools/run $(venv) pytest tests/minicorn/test_fuzz.py $(PYTEST_ARGS)

# In a Debian 11 root, where the engine is Multicorn: check-multicorn makes one.
suite-multicorn: $(stamp)
	ENGINE=multicorn ./tools/run $(venv) tools/suite tests --ignore tests/minicorn $(APART) $(PYTEST_ARGS)

check-asan: deps $(stamp)
	./tools/private $(venv) asan $(PYTEST_ARGS)

check-refs: deps $(stamp)
	./tools/private $(venv) refs $(PYTEST_ARGS)

check-roots:
	./tools/roots $(ROOTS)

check-multicorn:
	./tools/roots bullseye

$(clients): $(stamp)
	./tools/deps test clients
	umask 022; $(venv)/bin/pip install --quiet -r tests/clients/requirements.txt
	touch $@

# The image, what people do with it, and the clients that they connect with. A Docker engine is started if none runs.
check-docker: $(clients)
	./tools/engine trixie bullseye
	$(venv)/bin/pytest tests/image $(PYTEST_ARGS)
	./tools/published $(venv) $(PYTEST_ARGS)

# Apache Superset with the shipped dashboard, over the demo of iam-fdw.
check-superset: install $(stamp)
	./tests/superset/run $(venv) $(PYTEST_ARGS)

# Prowler's verdicts on the accounts that we judge, and the time that both take.
check-prowler: install $(stamp)
	./tests/prowler/run $(venv) $(PYTEST_ARGS)

bench: install $(stamp)
	./tools/run $(venv) bench/run $(BENCH_ARGS)

clean:
	$(MINICORN) clean
