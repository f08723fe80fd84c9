package casefile

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
)

// TestConformance holds the book to every public case, to the last digit. Cases of providers without a price list yet are named in
// testdata/not-yet.txt; one that passes has to leave that list.
func TestConformance(t *testing.T) {
	b, err := pricing.Default()
	require.NoError(t, err)
	f, err := os.Open("../../testkit/testdata/captures/cost-cases.jsonl")
	require.NoError(t, err)
	defer f.Close()
	cases, err := Read(f)
	require.NoError(t, err)
	require.NotEmpty(t, cases)

	text, err := os.ReadFile("testdata/not-yet.txt")
	require.NoError(t, err)
	notYet := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if id, _, _ := strings.Cut(strings.TrimSpace(line), " "); id != "" && !strings.HasPrefix(id, "#") {
			notYet[id] = true
		}
	}

	score := map[string][2]int{}
	right := 0
	for i := range cases {
		c := &cases[i]
		out := c.Run(b)
		ok := c.Passes(&out)
		s := score[c.Category]
		s[1]++
		if ok {
			s[0]++
			right++
		}
		score[c.Category] = s
		switch {
		case ok && notYet[c.ID]:
			t.Errorf("%s passes now: take it off testdata/not-yet.txt", c.ID)
		case !ok && !notYet[c.ID]:
			t.Errorf("%s (%s %s): got %s %s (assumed %q), want %s %s = %s", c.ID, c.Provider, c.RequestModel,
				out.Status, text2(out.Cost), out.Assumed, c.Expected.Status, text2(c.Expected.Cost), c.Expected.Arithmetic)
		}
		delete(notYet, c.ID)
	}
	for id := range notYet {
		t.Errorf("testdata/not-yet.txt names %s, which no case is called", id)
	}
	var categories []string
	for k := range score {
		categories = append(categories, k)
	}
	slices.Sort(categories)
	for _, k := range categories {
		t.Logf("%-16s %d of %d", k, score[k][0], score[k][1])
	}
	t.Logf("%d of %d", right, len(cases))
}

func text2(s *string) string {
	if s == nil {
		return "(none)"
	}
	return *s
}
