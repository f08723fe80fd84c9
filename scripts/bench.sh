#!/usr/bin/env bash
# Builds the benchmark and contrib's collector, which has modules of its own, and runs them; BENCH_ARGS="-rounds 3 -time 15s".
set -euo pipefail
out=$1
go build -o "$out/bench" ./test/bench
(cd test/bench/contrib && go build -ldflags "-s -w" -o "$OLDPWD/$out/contrib" .)
# shellcheck disable=SC2086
exec "$out/bench" -watchllm "$out/watchllm" -contrib "$out/contrib" ${BENCH_ARGS:-}
