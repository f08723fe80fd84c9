#!/usr/bin/env bash
# Compiles the three binaries and shows that something is happening: the first build takes minutes.
set -euo pipefail
out=$1
mkdir -p "$out"
version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)

if [ ! -x "$out/watchllm" ]; then
  echo "Building WatchLLM. The first time this downloads modules and compiles for some minutes; later it takes seconds."
fi
# -v names every package as it is compiled; on a terminal that becomes one counting line.
progress() {
  if [ -t 2 ]; then
    awk '/^go: downloading/ {d++} !/^go: / && /\// {n++} /error|cannot|undefined|missing/ {print; next}
         !/\// {print; next}
         {printf "\r  %d modules downloaded, %d packages compiled ", d, n; fflush()} END {if (d+n) print ""}' >&2
  else
    awk '/^go: downloading/ {if (++d % 100 == 1) print "  downloading modules: " d; next}
         /^[a-z0-9.-]+(\/[A-Za-z0-9._~-]+)*$/ {if (++n % 250 == 0) print "  compiled " n " packages"; fflush(); next} {print}' >&2
  fi
}
go build -v -ldflags "-s -w -X main.version=$version" -o "$out/" ./cmd/watchllm ./cmd/watchllm-engine ./cmd/watchllmctl 2> >(progress)
