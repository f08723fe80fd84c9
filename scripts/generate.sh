#!/usr/bin/env bash
# Writes every generated file from its one source.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
tools() { go tool -modfile="$root/tools/go.mod" "$@"; }

# The registry of attributes -> constants.
(cd internal/semconv && go generate .)

# The registry of event contracts -> JSON Schema.
(cd sdk-conventions/schema && go generate .)

# metadata.yaml -> internal/metadata, documentation, lifecycle and leak tests.
for f in $(git ls-files --cached --others --exclude-standard '*metadata.yaml'); do
  (cd "$(dirname "$f")" && tools mdatagen metadata.yaml)
done

# builder-config.yaml -> cmd/watchllm. ocb always writes a module of its own; versions come from our
# one go.mod instead (docs/adr/0001-one-module.md), so only the sources are taken.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sed "s#output_path: .*#output_path: $tmp/out#" builder-config.yaml > "$tmp/config.yaml"
mkdir -p "$tmp/out"
tools builder --config "$tmp/config.yaml" --skip-compilation --skip-get-modules > "$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
cp "$tmp/out/components.go" "$tmp/out/main.go" "$tmp/out/main_others.go" cmd/watchllm/
gofmt -w cmd/watchllm/*.go
