#!/bin/sh
# Writes packaging/lock.txt: exact versions with hashes for macOS arm64 and Linux x86_64,
# Python 3.11 to 3.13, and no host name. Needs only python3; uv goes into a scratch environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch/uv"
"$scratch/uv/bin/pip" install --quiet uv
cp "$here/lock_pyproject.toml" "$scratch/pyproject.toml"
cp "$here/requirements.in" "$here/overrides.txt" "$scratch/"
cd "$scratch"
UV_PYTHON_DOWNLOADS=never "$scratch/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-header --no-annotate \
    --override overrides.txt requirements.in -o lock.txt
if grep -qE 'https?://' lock.txt; then echo "the lock names a host" >&2; exit 1; fi
mv lock.txt "$here/lock.txt"
