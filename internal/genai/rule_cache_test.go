package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// One and the same Anthropic answer: 1037 input = 397 fresh + 512 read + 128 written, as clients send it.
func TestCacheSemantics(t *testing.T) {
	anthropic := func(input int, more attrs) attrs {
		a := chat(attrs{"gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": 211})
		for k, v := range more {
			a[k] = v
		}
		return a
	}
	cache := attrs{"gen_ai.usage.cache_read.input_tokens": 512, "gen_ai.usage.cache_creation.input_tokens": 128}
	small := attrs{"gen_ai.usage.cache_read.input_tokens": 100}
	for _, tt := range []struct {
		name  string
		scope string
		attrs attrs
		input int64
		basis string
		flags Flags
	}{
		{"inclusive client", "com.anthropic.sdk.typescript@1.12.0", anthropic(1037, cache), 1037, "includes_cache", 0},
		{"exclusive client", "@traceloop/instrumentation-anthropic@0.27.0", anthropic(397, cache), 1037, "excludes_cache_corrected", 0},
		{"exclusive client, cache below input", "@traceloop/instrumentation-anthropic@0.27.0", anthropic(397, small), 497, "excludes_cache_corrected", 0},
		{"inclusive client, cache below input", "gen_ai", anthropic(1037, small), 1037, "includes_cache", 0},
		{"unknown client, arithmetic proves exclusive", "unheard.of", anthropic(397, cache), 1037, "excludes_cache_corrected", 0},
		{"unknown client, nothing proves", "unheard.of", anthropic(1037, cache), 1037, "assumed", 0},
		{
			"unknown client, the total proves exclusive", "unheard.of",
			anthropic(397, attrs{"gen_ai.usage.cache_read.input_tokens": 100, "gen_ai.usage.total_tokens": 708}), 497, "excludes_cache_corrected", 0,
		},
		{
			"a total of input and output proves nothing", "unheard.of",
			anthropic(397, attrs{"gen_ai.usage.cache_read.input_tokens": 100, "gen_ai.usage.total_tokens": 608}), 397, "assumed", 0,
		},
		{"client that drops the cache counts", "@traceloop/instrumentation-langchain@0.27.0", anthropic(397, nil), 397, "uncached_only_lower_bound", 0},
		{"a reported zero is not a dropped count", "@traceloop/instrumentation-anthropic@0.27.0", anthropic(397, attrs{"gen_ai.usage.cache_read.input_tokens": 0}), 397, "includes_cache", 0},
		{
			"inclusive client that contradicts itself", "gen_ai@8.0.0", anthropic(397, cache), 1037, "excludes_cache_corrected",
			FlagCacheExceedsInput,
		},
		{
			"OpenAI always includes", "@traceloop/instrumentation-openai@0.27.0",
			chat(attrs{"gen_ai.system": "openai", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.cache_read.input_tokens": 512}), 1037, "includes_cache", 0,
		},
		{
			"Claude on Vertex counts as Anthropic does", "unheard.of",
			attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "gcp.vertex_ai", "gen_ai.request.model": "claude-sonnet-4-5",
				"gen_ai.usage.input_tokens": 397, "gen_ai.usage.cache_read.input_tokens": 512,
			},
			909, "excludes_cache_corrected", 0,
		},
		{
			"Bedrock's own count, cache below input", "opentelemetry.instrumentation.bedrock",
			chat(attrs{"gen_ai.provider.name": "aws.bedrock", "gen_ai.usage.input_tokens": 50000, "gen_ai.usage.cache_read.input_tokens": 20000}),
			70000, "excludes_cache_corrected", 0,
		},
		{"no provider, a known model", "unheard.of", attrs{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini", "gen_ai.usage.input_tokens": 9}, 9, "includes_cache", 0},
		{
			"AI SDK 5 passes the wire count on", "ai",
			attrs{
				"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages", "ai.model.id": "claude-sonnet-4-5",
				"ai.usage.inputTokens":         397,
				"ai.response.providerMetadata": `{"anthropic":{"usage":{"input_tokens":397,"cache_creation_input_tokens":128,"cache_read_input_tokens":12}}}`,
			},
			537, "excludes_cache_corrected", 0,
		},
		{
			"AI SDK 6 counts of an object under the names of 4, the wire count proves", "ai",
			attrs{
				"ai.operationId": "ai.generateObject.doGenerate", "ai.model.provider": "anthropic.messages", "ai.model.id": "claude-sonnet-4-5",
				"ai.usage.promptTokens":        1037,
				"ai.response.providerMetadata": `{"anthropic":{"usage":{"input_tokens":397,"cache_creation_input_tokens":128,"cache_read_input_tokens":512}}}`,
			},
			1037, "includes_cache", 0,
		},
		{
			"AI SDK 6 names the parts", "ai",
			attrs{
				"ai.operationId": "ai.generateText.doGenerate", "ai.model.provider": "anthropic.messages", "ai.model.id": "claude-sonnet-4-5",
				"ai.usage.inputTokens": 1037, "ai.usage.inputTokenDetails.noCacheTokens": 1025, "ai.usage.inputTokenDetails.cacheReadTokens": 12,
			},
			1037, "includes_cache", 0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readUnder(t, tt.scope, tt.attrs)
			assert.Equal(t, known(tt.input), c.Usage.Input)
			assert.Equal(t, tt.basis, c.Usage.Basis)
			assert.Equal(t, tt.flags, c.Usage.Flags)
		})
	}
}

func TestCacheWriteIsTheSumOfItsLifetimes(t *testing.T) {
	c := readUnder(t, "com.anthropic.sdk.typescript@1.12.0", chat(attrs{
		"gen_ai.usage.input_tokens":                                1037,
		"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 100,
		"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 28,
	}))
	assert.Equal(t, known(128), c.Usage.CacheWrite)
	assert.Equal(t, known(28), c.Usage.CacheWrite1h)
}

func TestVersionBefore(t *testing.T) {
	assert.True(t, versionBefore("0.22.7", "0.23"))
	assert.False(t, versionBefore("0.27.0", "0.23"))
	assert.False(t, versionBefore("0.23", "0.23"))
	assert.True(t, versionBefore("", "0.23"))
	assert.False(t, versionBefore("1.0.0-beta", "0.23"))
}
