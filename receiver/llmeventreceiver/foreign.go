package llmeventreceiver

import (
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/braintrust"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/datadog"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/helicone"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/langfuse"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/langsmith"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/litellm"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/openaiagents"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/posthog"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/sentry"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/traceloop"
)

// vendors are the wire formats of other vendors that can be understood. A new one is a package and a line here.
var vendors = []foreign.Decoder{
	langfuse.Decoder,
	langsmith.Decoder,
	openaiagents.Decoder,
	posthog.Decoder,
	helicone.Decoder,
	datadog.Decoder,
	braintrust.Decoder,
	sentry.Decoder,
	litellm.Decoder,
	traceloop.Decoder,
}

func vendorNames() []string {
	names := make([]string, len(vendors))
	for i := range vendors {
		names[i] = vendors[i].Name
	}
	return names
}
