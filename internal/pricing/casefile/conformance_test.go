package casefile

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// TestConformance holds the book to the public cases and to our own, to the last digit: bug reports, what each kind of rule of the large
// providers and of the others comes to, edges of periods, bands and hours, and names that have to miss. Each case names its source.
func TestConformance(t *testing.T) {
	b, err := pricing.Default()
	require.NoError(t, err)
	files := []string{"../../testkit/testdata/captures/cost-cases.jsonl"}
	// blind.jsonl has spellings that only the reader of spans knows: the test of `prices eval` holds all files.
	for _, name := range []string{"bugs", "rest", "tools", "us"} {
		files = append(files, "../testdata/cases/"+name+".jsonl")
	}
	for _, file := range files {
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
