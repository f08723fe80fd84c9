package casefile

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// TestRest holds the book to cases of the providers beside the six largest: edges of periods, bands and hours, units other than
// tokens, spellings, hosts, and names that must not be priced. The figures come from the pages the cases name.
func TestRest(t *testing.T) {
	b, err := pricing.Default()
	require.NoError(t, err)
	f, err := os.Open("../testdata/cases/rest.jsonl")
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
