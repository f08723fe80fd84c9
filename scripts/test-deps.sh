#!/usr/bin/env bash
# Installs the pinned real clients that the end-to-end tests drive; does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
python_dir=build/e2e-python
stamp=$python_dir/.installed
want=$(cat test/e2e/python/requirements.txt)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$want" ]; then
  echo "Installing the Python clients of the end-to-end tests"
  rm -rf "$python_dir"
  python3 -m venv "$python_dir"
  "$python_dir/bin/pip" install --quiet --disable-pip-version-check -r test/e2e/python/requirements.txt
  echo "$want" > "$stamp"
fi
if [ ! -d test/e2e/js/node_modules ] || [ test/e2e/js/package-lock.json -nt test/e2e/js/node_modules/.package-lock.json ]; then
  echo "Installing the JavaScript clients of the end-to-end tests"
  (cd test/e2e/js && npm ci --no-audit --no-fund --silent)
fi
