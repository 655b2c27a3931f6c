#!/bin/sh
# Gives the Python environment of a Mac with macOS 14 the weights of the embedded recogniser.
#   ears_macos14.sh PYTHON
# They come inside the package moonshine-voice, whose macOS wheel is tagged for macOS 15 because of a
# library in it. Aloud runs the weights on onnxruntime and never loads that library, so the wheel is
# installed as if for macOS 15, with the lock's own version and hashes. Does nothing on other systems.
set -eu
python=$1
here=$(cd "$(dirname "$0")" && pwd)

[ "$(uname)" = Darwin ] || exit 0
case $(uname -r) in 23.*) ;; *) exit 0 ;; esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The lock's entry: its pin without the condition that leaves macOS 14 out, then its hashes.
sed -n '/^moonshine-voice==/,/[^\\]$/p' "$here/lock.txt" | sed '1s/ *;.*\\$/ \\/' >"$scratch/weights.txt"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --platform macosx_15_0_arm64 --target "$scratch/wheel" -r "$scratch/weights.txt"
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
rm -rf "$packages"/moonshine_voice*
mv "$scratch"/wheel/moonshine_voice* "$packages/"
