#!/bin/sh
# The browser page of resources/listener. Node is needed only here: the built files are committed.
#   page.sh build   type-checks, tests and builds it
#   page.sh check   the same into a folder that is thrown away, and whether the committed files match;
#                   without Node it says so and is content
set -eu

cd "$(dirname "$0")/../resources/listener"

if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
then
    echo "The page is not checked: that takes Node 20.19 or newer, which is not installed here." >&2
    [ "$1" = check ] && exit 0
    exit 1
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi
npm run --silent check

case $1 in
    build) npm run --silent build ;;
    check)
        built=$(mktemp -d)
        trap 'rm -rf "$built"' EXIT
        npm run --silent build -- --outDir "$built" --emptyOutDir --logLevel error
        if ! diff -r dist "$built" >/dev/null; then
            echo "The built page in resources/listener/dist does not match its source: run make page." >&2
            exit 1
        fi
        ;;
esac
