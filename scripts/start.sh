#!/bin/sh
# npm start: installs what is missing, then starts the platform. Arguments go to `openvoicecall serve`.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh
exec node bin/openvoicecall.js serve "$@"
