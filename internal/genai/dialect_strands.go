package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// strands is the Strands agent SDK in Python and TypeScript. Each count stands under two names, the spans of agents carry the sums, the
// provider is the SDK's or the service's own name, and the time to the first token is in milliseconds under a name that means seconds.
var strands = &dialect{
	name:    "strands",
	scopes:  []string{"strands*"},
	markers: []string{"gen_ai.event.start_time", "gen_ai.event.end_time", "event_loop.cycle_id"},
	scoped:  []string{"gen_ai.*"},
	adjust:  adjustStrands,
	strict:  true,
	rows:    onTopOf(genAIRows, row{fieldEntityName, []string{"event_loop.cycle_id"}}),
	cacheMeans: func(r *reading) semantics {
		// It adds cached input to Anthropic's own count and passes Bedrock's on; only the model tells which API that was.
		switch model := r.call.RequestModel; {
		case knownInclusiveModel(model), strings.HasPrefix(model, "claude"):
			return includesCache
		case providerOfModel(model) == "aws.bedrock":
			return excludesCache
		default:
			return semanticsUnknown
		}
	},
}

func adjustStrands(r *reading) {
	f, c := r.facts, r.call
	c.Provider = providerOfModel(c.RequestModel)
	f.move(fieldTTFTMillis, fieldTTFT)
	switch _, known := roleOfOperation(c.Operation); {
	case known:
	case f.has(fieldEntityName):
		r.role, r.operation = semconv.RoleStep, "agent_step"
	case strings.HasPrefix(c.Operation, "invoke_"):
		r.role = semconv.RoleAgent // a swarm or a graph: invoke_<its name>
	}
}

// providerOfModel concludes from the id of a model where it can only be one provider's. Bedrock's ids name the vendor, and before it
// the region.
func providerOfModel(model string) string {
	for _, region := range [...]string{"us.", "eu.", "apac.", "global.", "us-gov.", "jp.", "au."} {
		model = strings.TrimPrefix(model, region)
	}
	for _, vendor := range [...]string{"anthropic.", "amazon.", "meta.", "cohere.", "mistral.", "ai21.", "deepseek.", "arn:aws:bedrock:"} {
		if strings.HasPrefix(model, vendor) {
			return "aws.bedrock"
		}
	}
	return ""
}
