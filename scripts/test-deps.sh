#!/usr/bin/env bash
# Installs the pinned real clients that the end-to-end tests drive; does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

# python DIR REQUIREMENTS WHAT: a virtual environment of its own, since some clients exclude each other.
python() {
  local want
  want=$(cat "$2")
  if [ -f "$1/.installed" ] && [ "$(cat "$1/.installed")" = "$want" ]; then return; fi
  echo "Installing $3"
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
  echo "$want" > "$1/.installed"
}

# javascript DIR WHAT: its pinned packages.
javascript() {
  if [ -d "$1/node_modules" ] && [ ! "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then return; fi
  echo "Installing $2"
  (cd "$1" && npm ci --no-audit --no-fund --silent --omit=optional)
}

python build/e2e-python test/e2e/python/requirements.txt "the Python clients of the end-to-end tests"
python build/e2e-vendors test/e2e/vendors/requirements.txt "the Python clients of other vendors"
python build/e2e-langfuse2 test/e2e/vendors/requirements-langfuse2.txt "Langfuse's older Python client"
javascript test/e2e/js "the JavaScript clients of the end-to-end tests"
javascript test/e2e/vendors "the JavaScript clients of other vendors"
