package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAliasesNeverAddUp(t *testing.T) {
	c := readUnder(t, "x", chat(attrs{
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.prompt_tokens": 999, "llm.usage.prompt_tokens": 5,
		"gen_ai.usage.cache_read.input_tokens": 512, "gen_ai.usage.cache_read_input_tokens": 512,
	}))
	assert.Equal(t, known(1037), c.Usage.Input, "the newest name wins")
	assert.Equal(t, known(512), c.Usage.CacheRead)
}

func TestOneDialectPerSpan(t *testing.T) {
	// What the AI SDK and OpenInference's exporter for it write on one span.
	c := readUnder(t, "unheard.of", attrs{
		"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "openai.chat", "ai.model.id": "gpt-5-mini",
		"ai.usage.inputTokens": 1037, "gen_ai.usage.input_tokens": 1037, "llm.token_count.prompt": 1037, "openinference.span.kind": "LLM",
	})
	assert.Equal(t, "vercel_ai", c.Dialect)
	assert.Equal(t, known(1037), c.Usage.Input)
}

func TestScopeDecidesFirst(t *testing.T) {
	a := chat(attrs{"openinference.span.kind": "LLM"})
	assert.Equal(t, "openllmetry", readUnder(t, "@traceloop/instrumentation-openai@0.27.0", a).Dialect)
	assert.Equal(t, "openinference", readUnder(t, "unheard.of", a).Dialect)
	// A scope says nothing about a span that carries nothing of its dialect.
	assert.Equal(t, "gen_ai", readUnder(t, "@arizeai/openinference-instrumentation-openai", chat(nil)).Dialect)
	assert.Equal(t, "@traceloop/instrumentation-openai@0.27.0", readUnder(t, "@traceloop/instrumentation-openai@0.27.0", a).DialectVersion)
}
