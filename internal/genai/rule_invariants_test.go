package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestInvariants(t *testing.T) {
	c := readUnder(t, "x", chat(attrs{"gen_ai.system": "openai", "gen_ai.usage.output_tokens": 10, "gen_ai.usage.reasoning_tokens": 64}))
	assert.Equal(t, FlagReasoningExceedsOutput, c.Usage.Flags)
	assert.Equal(t, known(10), c.Usage.Output, "flagged, not fixed")

	c = readUnder(t, "x", chat(attrs{"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5, "gen_ai.usage.total_tokens": 99}))
	assert.Equal(t, FlagTotalMismatch, c.Usage.Flags)

	c = readUnder(t, "@traceloop/instrumentation-anthropic@0.27.0", chat(attrs{
		"gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 397, "gen_ai.usage.output_tokens": 211,
		"gen_ai.usage.total_tokens": 608, "gen_ai.usage.cache_read.input_tokens": 640,
	}))
	assert.Zero(t, c.Usage.Flags, "a total of what was sent is no mismatch")

	c = readUnder(t, "x", chat(attrs{
		"gen_ai.usage.input_tokens": 500, "gen_ai.usage.cache_write.input_tokens": 10,
		"anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 11,
	}))
	assert.Equal(t, FlagCacheExceedsInput, c.Usage.Flags)
}
