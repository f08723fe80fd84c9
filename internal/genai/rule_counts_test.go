package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUnknownIsNotZero(t *testing.T) {
	c := readUnder(t, "x", chat(attrs{"gen_ai.usage.input_tokens": "abc", "gen_ai.usage.output_tokens": -3}))
	assert.Equal(t, Usage{
		Flags: FlagUnreadableCount | FlagNegativeCount, Source: "missing", MissingReason: "unusable",
	}, c.Usage)

	out := rewrite(t, "x", chat(attrs{"gen_ai.usage.input_tokens": "abc", "gen_ai.usage.output_tokens": -3}), false)
	assert.NotContains(t, out, "gen_ai.usage.input_tokens", "a name that means a count holds a count or is absent")
	assert.NotContains(t, out, "gen_ai.usage.output_tokens")
	assert.Equal(t, []any{"negative_count", "unreadable_count"}, out["watchllm.usage.flags"])
}
