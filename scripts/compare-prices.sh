#!/bin/bash
# Prices the case files with WatchLLM and with the two open libraries, and writes the tables of docs/price-comparison.md.
set -eu -o pipefail
cd "$(dirname "$0")/.."

work=build/compare-prices
tool=tools/compare-prices
mkdir -p "$work"
go build -o "$work/watchllmctl" ./cmd/watchllmctl
if ! cmp -s "$tool/requirements.txt" "$work/installed.txt"; then
  rm -rf "$work/venv"
  "${COMPARE_PYTHON:-python3}" -m venv "$work/venv"
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$tool/requirements.txt"
  cp "$tool/requirements.txt" "$work/installed.txt"
fi
"$work/venv/bin/python" "$tool/compare.py" --watchllmctl "$work/watchllmctl" --page docs/price-comparison.md \
  public=internal/testkit/testdata/captures/cost-cases.jsonl \
  bugs=internal/pricing/testdata/cases/bugs.jsonl
