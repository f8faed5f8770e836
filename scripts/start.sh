#!/bin/sh
# npm start: installs what is missing, then starts the platform. Arguments go to `openvoicecall serve`.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh
# The console is built when it is missing or older than what it is made of.
if [ ! -e console/dist/index.html ] || [ -n "$(find console -path console/dist -prune -o -type f -newer console/dist/index.html -print | head -n 1)" ]; then
  echo 'Building the console ...' >&2
  npm run --silent build:console >&2
fi
exec node bin/openvoicecall.js serve "$@"
