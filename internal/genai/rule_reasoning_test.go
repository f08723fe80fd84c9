package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReasoning(t *testing.T) {
	gemini := attrs{
		"gen_ai.operation.name": "generate_content", "gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-3-pro",
		"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 147, "gen_ai.usage.reasoning.output_tokens": 64,
	}
	c := readUnder(t, "gemini-cli", gemini)
	assert.Equal(t, known(211), c.Usage.Output)
	assert.Equal(t, FlagReasoningAdded, c.Usage.Flags)

	c = readUnder(t, "unheard.of", gemini)
	assert.Equal(t, known(147), c.Usage.Output, "nothing proves that reasoning is left out")

	gemini["gen_ai.usage.total_tokens"] = 1248
	c = readUnder(t, "unheard.of", gemini)
	assert.Equal(t, known(211), c.Usage.Output, "input + output + reasoning = total proves it")
	assert.Equal(t, FlagReasoningAdded, c.Usage.Flags)

	c = readUnder(t, "unheard.of", chat(attrs{
		"gen_ai.provider.name": "xai", "gen_ai.usage.output_tokens": 20, "gen_ai.usage.reasoning.output_tokens": 300,
	}))
	assert.Equal(t, known(320), c.Usage.Output, "xAI counts reasoning beside the output")

	c = readUnder(t, "unheard.of", chat(attrs{
		"gen_ai.provider.name": "gcp.gemini", "gen_ai.usage.output_tokens": 20, "gen_ai.usage.reasoning.output_tokens": 300,
	}))
	assert.Equal(t, known(320), c.Usage.Output, "so does Gemini, and a part is not more than the whole")
	assert.Equal(t, FlagReasoningAdded, c.Usage.Flags)
}
