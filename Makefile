# make run    sets everything up and serves
# make test   sets everything up, a Chromium too, and runs every test
# make bench  measures us and other comment systems, and writes docs/performance.md and docs/growth.svg; half an hour
# make outside   installs Firefox, nginx, WordPress and site generators, as root, and tries the documented ways with them; needs Debian and npm
# make sites   installs nine site generators and builds a site with each, as docs/sites says; needs Debian and npm
# make package   builds the packages, installs them elsewhere and tries them
# make lighthouse  asks Lighthouse what it thinks of the demo; needs Node.js
# make messages  brings the translations' files up to date, and names the sentences that are not translated
# make release-check  fails while one of them is not: to be run before a release

PYTHON ?= $(firstword $(foreach v,3.13 3.12 3.11,$(shell python$(v) -c "print('python$(v)')" 2>/dev/null)) python3)
BIN := .venv/bin
# One more than processors, since tests also wait: for browsers, servers and timeouts.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: run test outside sites lint types browser package bench lighthouse messages release-check clean

run: .venv/ready
	@$(BIN)/leave-a-reply serve || [ $$? -eq 130 ] # 130: stopped by Ctrl-C

test: .venv/ready-for-tests browser
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

outside: .venv/ready-for-tests browser
	@.ci/outside $(BIN)/pytest $(ARGS)

sites: .venv/ready-for-tests browser
	@.ci/sites $(BIN)/pytest $(ARGS)

lint: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-for-tests
	$(BIN)/mypy

browser: .venv/ready-for-tests
	@.ci/chromium $(BIN)/playwright

package:
	@PYTHON=$(PYTHON) .ci/package

.venv/ready: pyproject.toml .ci/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Leave a Reply needs Python 3.11 or newer; name one: make run PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/ready-for-tests: .venv/ready .ci/requirements-test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/requirements-test.txt
	@touch $@

bench: .venv/ready-for-tests
	$(BIN)/python -m bench.run

lighthouse: .venv/ready-for-tests browser
	$(BIN)/python -m bench.lighthouse

messages: .venv/ready-for-tests
	$(BIN)/python .ci/messages

release-check: .venv/ready-for-tests
	$(BIN)/python .ci/messages --release

clean:
	rm -rf .venv
