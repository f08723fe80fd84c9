package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/semconv"
)

// The vendors' own names, as they come over OTLP and under a scope nobody has heard of.
func TestVendorsNames(t *testing.T) {
	for _, tt := range []struct {
		name, scope   string
		attrs         attrs
		dialect, role string
		input, output Count
	}{
		{
			"Braintrust's objects as JSON text", "my.app",
			attrs{
				"braintrust.span_attributes": `{"type":"llm","name":"x"}`,
				"braintrust.metadata":        `{"model":"claude-sonnet-4-5","provider":"anthropic"}`,
				"braintrust.metrics":         `{"prompt_tokens":1037,"completion_tokens":211,"prompt_cached_tokens":512}`,
			},
			"braintrust", semconv.RoleLLM, known(1037), known(211),
		},
		{
			"Braintrust's metadata on another instrumentation's call", "my.app",
			attrs{
				"braintrust.metadata.team": "search", "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini",
				"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211,
			},
			"braintrust", semconv.RoleLLM, known(1037), known(211),
		},
		{
			"what Braintrust's span processor adds to every span makes none of them Braintrust's", "my.app",
			attrs{"braintrust.parent": "project_name:x", "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 7},
			"gen_ai", semconv.RoleLLM, known(7), Count{},
		},
		{
			"the tags dd-trace keeps on its own spans", "",
			attrs{
				"_ml_obs.meta.span.kind": "llm", "_ml_obs.meta.model_name": "gpt-5-mini", "_ml_obs.meta.model_provider": "openai",
				"_ml_obs.metrics.input_tokens": 1037.0, "_ml_obs.metrics.output_tokens": 211.0,
			},
			"datadog", semconv.RoleLLM, known(1037), known(211),
		},
		{
			"PostHog's properties", "",
			attrs{"posthog.event": "$ai_generation", "$ai_model": "m", "$ai_provider": "anthropic", "$ai_input_tokens": 397, "$ai_cache_read_input_tokens": 512},
			"posthog", semconv.RoleLLM, known(909), Count{},
		},
		{
			"Sentry without its scope", "unheard.of",
			attrs{"sentry.op": "gen_ai.generate_text", "gen_ai.operation.name": "generate_text", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 7},
			"sentry", semconv.RoleLLM, known(7), Count{},
		},
		{
			"a request of Sentry's is an ordinary span", "sentry.javascript.node@11.12.0", attrs{"sentry.op": "http.client", "http.request.method": "POST"},
			"", semconv.RoleOther, Count{}, Count{},
		},
		{
			"Helicone's wire", "",
			attrs{"helicone.request.model": "m", "helicone.response.usage.input_tokens": 397, "helicone.response.usage.cache_read_input_tokens": 512},
			"helicone", semconv.RoleLLM, known(909), Count{},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readUnder(t, tt.scope, tt.attrs)
			assert.Equal(t, tt.dialect, c.Dialect)
			assert.Equal(t, tt.role, c.Role)
			assert.Equal(t, tt.input, c.Usage.Input)
			assert.Equal(t, tt.output, c.Usage.Output)
		})
	}
}

func TestZerosThatNobodyCounted(t *testing.T) {
	zeros := attrs{"posthog.event": "$ai_generation", "$ai_model": "m", "$ai_input_tokens": 0, "$ai_output_tokens": 0}
	c := readUnder(t, "", zeros)
	assert.False(t, c.Usage.Any())
	assert.Equal(t, semconv.UsageSourceMissing, c.Usage.Source)

	// An embedding of something has no output, and a refusal may have none: one zero is a count.
	zeros["$ai_input_tokens"] = 37
	c = readUnder(t, "", zeros)
	assert.Equal(t, known(37), c.Usage.Input)
	assert.Equal(t, known(0), c.Usage.Output)
}

func TestCacheWritesOfOpenAI(t *testing.T) {
	const name = "braintrust.metrics.prompt_cache_write_tokens"
	a := attrs{"braintrust.span_attributes.type": "llm", "braintrust.metrics.prompt_tokens": 1037, name: 0}
	assert.Equal(t, Count{}, readUnder(t, "", a).Usage.CacheWrite)
	a[name] = 128
	assert.Equal(t, known(128), readUnder(t, "", a).Usage.CacheWrite)
}

func TestErrorClass(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":"Error","error":{"message":"m","type":"rate_limit_exceeded"},"type":"x"}`:          "rate_limit_exceeded",
		`{"status":529,"error":{"type":"error","error":{"type":"overloaded_error","message":"m"}}}`: "overloaded_error",
		`{"type":"invalid_request_error"}`: "invalid_request_error", `{"type":"error"}`: "", `Overloaded`: "", ``: "",
	} {
		assert.Equal(t, want, errorClass(text), text)
	}
}

func TestLeadingStatus(t *testing.T) {
	for text, want := range map[string]string{
		"429 Rate limit reached": "429", "529 {\"type\":\"error\"}": "529", "4290 tokens": "", "Error 429": "", "299 ok": "", "429": "", "4x9 a": "",
	} {
		assert.Equal(t, want, leadingStatus(text), text)
	}
}
