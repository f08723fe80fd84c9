#!/bin/sh
# One LLM call as plain OTLP/JSON, for anything that can make an HTTP request. Uses the two variables that every OpenTelemetry SDK reads:
# OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS (one header, name=value).
set -eu
hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
trace=$(hex 16)
end=$(date +%s)000000000
start=$((end - 1500000000))
answer=$(curl --fail-with-body --silent --show-error "${OTEL_EXPORTER_OTLP_ENDPOINT:-http://127.0.0.1:4318}/v1/traces" \
  -H "$(printf %s "${OTEL_EXPORTER_OTLP_HEADERS:-}" | sed 's/=/: /')" -H 'Content-Type: application/json' --data @- <<JSON
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "curl"}}]},
  "scopeSpans": [{"scope": {"name": "quickstart"}, "spans": [{
    "traceId": "$trace", "spanId": "$(hex 8)", "name": "chat claude-sonnet-4-5", "kind": 3,
    "startTimeUnixNano": "$start", "endTimeUnixNano": "$end",
    "attributes": [
      {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
      {"key": "gen_ai.provider.name", "value": {"stringValue": "anthropic"}},
      {"key": "gen_ai.request.model", "value": {"stringValue": "claude-sonnet-4-5"}},
      {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1037"}},
      {"key": "gen_ai.usage.cache_read.input_tokens", "value": {"intValue": "512"}},
      {"key": "gen_ai.usage.cache_write.input_tokens", "value": {"intValue": "128"}},
      {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "211"}}
    ]
  }]}]
}]}
JSON
) || { echo "$answer" >&2; exit 1; }
echo "trace $trace"
