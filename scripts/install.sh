# Sourced by the other scripts from the repository's root: installs the dependencies when they are missing or older than
# the lock file. Standard output stays free for the program.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'Installing dependencies ...' >&2
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi
# Node 24 comes with the dependencies where the system's is older.
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
