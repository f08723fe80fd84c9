package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTotalInput(t *testing.T) {
	total := func(operation string) attrs {
		return attrs{"gen_ai.operation.name": operation, "gen_ai.request.model": "voyage-3.5", "gen_ai.usage.raw": `{"total_tokens":98765}`}
	}
	assert.Equal(t, known(98765), readUnder(t, "x", total("embeddings")).Usage.Input)
	assert.Equal(t, known(98765), readUnder(t, "x", total("rerank")).Usage.Input)
	c := readUnder(t, "x", total("chat"))
	assert.False(t, c.Usage.Any(), "how much of it was answer is not known")
}
