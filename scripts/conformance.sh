#!/usr/bin/env bash
# Feeds every recorded case through a WatchLLM of its own in each order, fails when one differs from what its bytes allow, and writes
# a table a folder beside docs/conformance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
for folder in internal/testkit/testdata/captures*/; do
  name=$(basename "$folder")
  for order in request spans shuffled twice; do
    table=()
    [ "$order" = request ] && table=(--table "docs/conformance-$name.md")
    echo "== $name, $order"
    build/watchllmctl conformance --captures "$folder" --order "$order" --check "${table[@]}" > /dev/null || status=1
  done
done
exit $status
