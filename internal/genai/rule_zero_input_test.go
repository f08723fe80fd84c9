package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNoPromptIsEmpty(t *testing.T) {
	stream := attrs{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 211}
	c := readUnder(t, "x", chat(stream))
	assert.Equal(t, Count{}, c.Usage.Input)
	assert.Equal(t, "reported_partial", c.Usage.Source)
	assert.Equal(t, "unusable", c.Usage.MissingReason)
	assert.NotContains(t, rewrite(t, "x", chat(stream), false), "gen_ai.usage.input_tokens")

	c = readUnder(t, "@traceloop/instrumentation-anthropic@0.27.0", chat(attrs{
		"gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 9,
		"gen_ai.usage.cache_read.input_tokens": 512,
	}))
	assert.Equal(t, known(512), c.Usage.Input, "all of it came from the cache")
	c = readUnder(t, "x", chat(attrs{"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}))
	assert.Equal(t, known(0), c.Usage.Input, "nothing was answered")
	c = readUnder(t, "x", attrs{"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 9})
	assert.Equal(t, known(0), c.Usage.Input, "an agent's sum is another matter")
}
