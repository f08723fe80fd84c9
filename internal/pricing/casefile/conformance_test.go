package casefile

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// TestConformance holds the book to every public case and every bug report that gives counts, to the last digit.
func TestConformance(t *testing.T) {
	b, err := pricing.Default()
	require.NoError(t, err)
	for _, file := range []string{"../../testkit/testdata/captures/cost-cases.jsonl", "../testdata/cases/bugs.jsonl", "../testdata/cases/tools.jsonl"} {
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close()
		cases, err := Read(f)
		require.NoError(t, err)
		held := 0
		for i := range cases {
			c := &cases[i]
			if c.Best(Auto) == FromAttributes {
				continue
			}
			held++
			if out := c.Run(b); !c.Passes(&out) {
				t.Errorf("%s (%s %s): got %s %s (assumed %q), want %s %s = %s", c.ID, c.Provider, c.RequestModel,
					out.Status, text2(out.Cost), out.Assumed, c.Expected.Status, text2(c.Expected.Cost), c.Expected.Arithmetic)
			}
		}
		require.Greater(t, held, 20)
	}
}
