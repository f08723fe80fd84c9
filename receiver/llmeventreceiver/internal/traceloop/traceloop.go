package traceloop

import "github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"

// Decoder is OTLP under the base address of Traceloop's SDKs. The Python SDK sends metrics as well, and logs where told to.
var Decoder = foreign.Decoder{
	Name:     "traceloop",
	OTLP:     []string{"POST /v1/traces"},
	NotTaken: []string{"POST /v1/metrics", "POST /v1/logs"},
}
