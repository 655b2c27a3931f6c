# Aloud: `make run` installs everything and opens the app, `make test` installs everything and tests it.
# Kept to what GNU make 3.81 and the tools of a bare macOS understand.

VENV := .venv
PYTHON = $(shell packaging/find_python.sh)
INSTALLED := $(VENV)/installed-from-lock

.PHONY: run test check page install lock bench screenshots bundle run-packages test-packages

# An environment whose making was broken off is no environment.
.DELETE_ON_ERROR:

run: run-packages $(INSTALLED)
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so Aloud opens in this terminal."; \
	    exec $(VENV)/bin/aloud chat; \
	fi; \
	exec $(VENV)/bin/python -m app

# Sound plays in real time and must not be disturbed: it is tested by itself, after everything else.
test: test-packages check
	$(VENV)/bin/python -m pytest -n 3 --dist worksteal -m "not sound and not bundle"
	$(VENV)/bin/python -m pytest -m "sound and not bundle"

# Python's style, types and layers; the page's types and tests, and that it is built from its sources.
check: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	packaging/page.sh check

# The built files of the listeners' page, which are committed.
page: $(INSTALLED)
	packaging/page.sh build

install: run-packages $(INSTALLED)

# Exact versions with hashes for both platforms; run it after changing packaging/requirements.in.
lock:
	packaging/make_lock.sh

# dist/Aloud.app on a Mac, the folder dist/Aloud elsewhere. It is not done before its self-test passes.
bundle: run-packages $(INSTALLED)
	$(VENV)/bin/python -m PyInstaller --noconfirm --log-level WARN packaging/aloud.spec
	@app=dist/Aloud/Aloud; [ "$$(uname)" != Darwin ] || app=dist/Aloud.app/Contents/MacOS/Aloud; \
	"$$app" --selftest

bench: install
	$(VENV)/bin/python -m benchmarks.turn

# Pictures of every window in each of its states, in light and dark, at 1x and 2x; and of the page, in Chromium.
screenshots: $(INSTALLED)
	QT_QPA_PLATFORM=offscreen $(VENV)/bin/python -m app.screenshots docs/screenshots
	$(VENV)/bin/python -m tests.page_pictures docs/screenshots

# Debian and Ubuntu packages; quick when they are there, nothing to do on macOS.
run-packages:
	@packaging/system.sh run

test-packages:
	@packaging/system.sh run test

$(VENV)/bin/python:
	@packaging/system.sh venv "$(PYTHON)"
	"$(PYTHON)" -m venv --clear $(VENV)

# Not only ordered after the interpreter: one that vanished (brew upgrade) is made anew in an empty environment.
$(INSTALLED): packaging/lock.txt pyproject.toml $(VENV)/bin/python
	@echo "Installing the Python packages into $(VENV), once; they take about 1.6 GB."
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --no-deps --require-hashes --only-binary=:all: -r packaging/lock.txt
	@packaging/ears_macos14.sh $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
