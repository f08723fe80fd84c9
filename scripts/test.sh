#!/usr/bin/env bash
# Every test, with the real engine required; each part closes on the test runner's summary.
set -euo pipefail
cd "$(dirname "$0")/.."
export WATCHLLM_REQUIRE_ENGINE=1
export WATCHLLM_BIN_DIR=$PWD/build
export WATCHLLM_ENGINE_BIN=$PWD/build/watchllm-engine
run() { go tool -modfile=tools/go.mod gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg "$@"; }

# The longest packages come first, so that the others run beside them and not after.
status=0
echo "== unit, golden, replay, engine"
run -- -timeout 10m ./exporter/... ./extension/... ./cmd/... ./internal/... ./receiver/... ./connector/... ./processor/... ./prices/... ./sdk-conventions/... || status=1
echo "== race detector"
CGO_ENABLED=1 run -- -race -short -timeout 10m ./exporter/... ./extension/... ./internal/... ./receiver/... ./connector/... ./processor/... || status=1
echo "== end to end: the built binary, the real engine, real clients"
# Four at a time: real clients wait more than they work.
run -- -count=1 -parallel 4 -timeout 12m ./test/... || status=1
exit $status
