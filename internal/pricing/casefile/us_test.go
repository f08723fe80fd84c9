package casefile

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// TestAmericanProviders holds the book to figures worked out by hand from the pages of OpenAI, Azure, Anthropic, Google, Amazon and xAI:
// one case or more for every kind of rule they have, for prices of the past, and for names that have to miss.
func TestAmericanProviders(t *testing.T) {
	b, err := pricing.Default()
	require.NoError(t, err)
	f, err := os.Open("../testdata/cases/us.jsonl")
	require.NoError(t, err)
	defer f.Close()
	cases, err := Read(f)
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for i := range cases {
		c := &cases[i]
		if out := c.Run(b); !c.Passes(&out) {
			t.Errorf("%s (%s %s): got %s %s (assumed %q), want %s %s = %s", c.ID, c.Provider, c.RequestModel,
				out.Status, text2(out.Cost), out.Assumed, c.Expected.Status, text2(c.Expected.Cost), c.Expected.Arithmetic)
		}
	}
}
