#!/bin/sh
# Installs the Debian or Ubuntu packages that Aloud needs and that are missing. Calls apt only when some are.
#   system.sh run            what the app needs
#   system.sh run test       ... and what its tests need besides
#   system.sh venv PYTHON    what making a virtual environment with PYTHON needs
# macOS needs none: the wheels bring PortAudio, Qt and the rest with them.
set -eu

# One package a word; "a|b" is one that has either name, depending on the release.
run_packages="
    libportaudio2 libasound2-plugins
    libegl1 libgl1 libopengl0 libxkbcommon0 libxkbcommon-x11-0 libfontconfig1 libfreetype6 libdbus-1-3
    libglib2.0-0t64|libglib2.0-0
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-shape0 libxcb-xkb1 libx11-xcb1
    fonts-dejavu-core fonts-noto-color-emoji
"
test_packages="
    pulseaudio pulseaudio-utils
    xvfb xauth xdotool
    chromium|chromium-browser
    redis-server nginx-light|nginx openssl
    fonts-inter
"

[ "$(uname)" = Linux ] || exit 0

wanted=""
for part in "$@"; do
    case $part in
        run) wanted="$wanted $run_packages" ;;
        test) wanted="$wanted $test_packages" ;;
        venv)
            python=$2
            [ -n "$python" ] || exit 1
            "$python" -c 'import ensurepip, venv' 2>/dev/null && exit 0
            wanted=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
            break
            ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "This is neither Debian nor Ubuntu: if something is missing, install what corresponds to" $wanted >&2
    exit 0
fi

names=$(echo "$wanted" | tr '|' ' ')
present=" $(dpkg-query -W -f='${db:Status-Status} ${Package} ' $names 2>/dev/null || true)"
missing=""
for entry in $wanted; do
    found=""
    for name in $(echo "$entry" | tr '|' ' '); do
        case $present in *" installed $name "*) found=yes ;; esac
    done
    [ -n "$found" ] || missing="$missing $entry"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Aloud needs these packages, and only root may install them:" >&2
        echo "  apt install$(echo "$missing" | sed 's/|[^ ]*//g')" >&2
        exit 1
    fi
    as_root=sudo
fi

echo "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >/dev/null
chosen=""
for entry in $missing; do
    for name in $(echo "$entry" | tr '|' ' '); do
        if apt-cache show "$name" >/dev/null 2>&1; then
            chosen="$chosen $name"
            break
        fi
    done
done
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $chosen </dev/null >/dev/null
