package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// OpenLLMetry and OpenTelemetry's own instrumentations share the beginning of their scope names.
func TestScopesInPython(t *testing.T) {
	for scope, dialect := range map[string]string{
		"opentelemetry.instrumentation.openai_v2":                "gen_ai",
		"opentelemetry.instrumentation.genai.openai":             "gen_ai",
		"opentelemetry.instrumentation.genai.anthropic":          "gen_ai",
		"opentelemetry.instrumentation.google_genai":             "gen_ai",
		"opentelemetry.instrumentation.botocore.bedrock-runtime": "gen_ai",
		"opentelemetry.instrumentation.openai_agents_v2":         "gen_ai",
		"opentelemetry.util.genai.handler":                       "gen_ai",
		"opentelemetry.instrumentation.openai.v1":                "openllmetry",
		"opentelemetry.instrumentation.anthropic":                "openllmetry",
		"opentelemetry.instrumentation.langchain":                "openllmetry",
		"opentelemetry.instrumentation.vertexai":                 "openllmetry",
		"opentelemetry.instrumentation.google_generativeai":      "openllmetry",
		"opentelemetry.instrumentation.crewai":                   "openllmetry",
		"openinference.instrumentation.crewai":                   "gen_ai", // nothing of OpenInference on this span
		"openlit.otel.tracing":                                   "openlit",
		"agent_framework":                                        "microsoft_ai",
		"semantic_kernel.connectors":                             "microsoft_ai",
		"strands.telemetry.tracer":                               "strands",
		"pydantic-ai":                                            "pydantic_ai",
		"litellm":                                                "litellm",
	} {
		assert.Equal(t, dialect, readUnder(t, scope, chat(attrs{"gen_ai.usage.input_tokens": 5})).Dialect, scope)
	}
}

// One Anthropic answer, 397 fresh and 100 cached tokens: what each client's input means when arithmetic proves nothing.
func TestCacheByClient(t *testing.T) {
	for scope, want := range map[string]int64{
		"opentelemetry.instrumentation.genai.anthropic":          397,
		"opentelemetry.util.genai.handler":                       397,
		"opentelemetry.instrumentation.anthropic":                397,
		"com.anthropic.sdk.python":                               397,
		"pydantic-ai":                                            397,
		"litellm":                                                397,
		"openlit.otel.tracing":                                   497,
		"@openlit/instrumentation-anthropic":                     497,
		"@traceloop/instrumentation-anthropic":                   497,
		"opentelemetry.instrumentation.bedrock":                  497,
		"opentelemetry.instrumentation.botocore.bedrock-runtime": 497,
	} {
		c := readUnder(t, scope, chat(attrs{
			"gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 397, "gen_ai.usage.cache_read.input_tokens": 100,
		}))
		assert.Equal(t, known(want), c.Usage.Input, scope)
		assert.NotEqual(t, "assumed", c.Usage.Basis, scope)
	}
}
