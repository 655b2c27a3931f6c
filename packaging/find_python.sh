#!/bin/sh
# Prints a Python that Aloud runs on: 3.11 to 3.13, and on macOS a native arm64 one.
# Prints nothing and says what to install where there is none.
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c '
import platform, sys
native = sys.platform != "darwin" or platform.machine() == "arm64"
sys.exit(not ((3, 11) <= sys.version_info < (3, 14) and native))' >/dev/null 2>&1; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done
{
    echo "Aloud needs Python 3.11, 3.12 or 3.13, and none of ${PYTHON:-python3, python3.13, python3.12 and python3.11} is one."
    case $(uname) in
        Darwin) echo "Install one with: brew install python@3.12" ;;
        *) echo "Install one with: apt install python3.11 python3.11-venv (or python3.12, python3.13)" ;;
    esac
} >&2
exit 1
