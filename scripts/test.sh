#!/bin/sh
# npm test: installs what is missing, then checks format, lint and types and runs the tests. Arguments go to vitest.
set -eu
cd "$(dirname "$0")/.."
. scripts/install.sh

# The peers that other people wrote, as Debian packages. Without one, its tests skip themselves and say so.
missing=''
while read -r program package; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $package"
done <<PEERS
sipp sip-tester
baresip baresip-core
kamailio kamailio
tshark tshark
pg_createcluster postgresql
chromium chromium
openssl openssl
PEERS
/usr/bin/python3 -c 'import swift' 2>/dev/null || missing="$missing python3-swift"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing peers:$missing ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # one word a package
    { apt-get -q update && apt-get -q install -y --no-install-recommends $missing; } >&2 ||
      echo "Not installed:$missing. Their tests are skipped." >&2
  else
    echo "Their tests are skipped, because these Debian packages are missing:$missing" >&2
  fi
fi

npm run --silent check
exec vitest run "$@"
