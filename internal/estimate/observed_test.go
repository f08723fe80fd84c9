package estimate

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// observed is a call that somebody else made and recorded in public: what it was made of, and the counts that the provider gave. The
// texts themselves are not ours to copy.
type observed struct {
	Source       string     `json:"source"` // repository:path, #n is the n-th call in it
	Provider     string     `json:"provider"`
	Model        string     `json:"model"`
	Input        *sideFacts `json:"input,omitempty"` // nil where the recording does not show all of it
	Output       *sideFacts `json:"output,omitempty"`
	InputTokens  int64      `json:"input_tokens,omitempty"`
	OutputTokens int64      `json:"output_tokens,omitempty"` // without reasoning that is not shown
}

// sideFacts is what one side of an observed call was made of.
type sideFacts struct {
	Said        Profile `json:"said"`
	Thoughts    Profile `json:"thoughts,omitzero"`
	Tools       Profile `json:"tools,omitzero"`
	Messages    int     `json:"messages"`
	Calls       int     `json:"calls,omitempty"`
	Results     int     `json:"results,omitempty"`
	Definitions int     `json:"definitions,omitempty"`
}

func (s *sideFacts) amounts(f *family) amounts {
	counts := side{messages: s.Messages, calls: s.Calls, results: s.Results, definitions: s.Definitions}
	return counts.amounts(f.tokens(&s.Said), f.tokens(&s.Thoughts), f.tokens(&s.Tools))
}

func observedCalls(t *testing.T) []observed {
	t.Helper()
	raw, err := os.ReadFile("testdata/observed.jsonl")
	require.NoError(t, err)
	var list []observed
	for line := range strings.Lines(string(raw)) {
		var o observed
		require.NoError(t, json.Unmarshal([]byte(line), &o), line)
		list = append(list, o)
	}
	return list
}

// figure is a count that a provider gave beside the one estimated.
type figure struct {
	what, family string
	true         int64
	estimate     Counts
}

func (f *figure) held() bool { return f.estimate.Low <= f.true && f.true <= f.estimate.High }

func figures(t *testing.T) (list []figure) {
	t.Helper()
	for _, o := range observedCalls(t) {
		f := familyOf(o.Model)
		if o.Input != nil {
			a := o.Input.amounts(f)
			list = append(list, figure{o.Source + " input", f.name, o.InputTokens, f.input(&a)})
		}
		if o.Output != nil {
			a := o.Output.amounts(f)
			list = append(list, figure{o.Source + " output", f.name, o.OutputTokens, f.output(&a)})
		}
	}
	return list
}

// Nineteen of twenty counts that providers gave lie within the bounds.
func TestBoundsHoldObservedCounts(t *testing.T) {
	list := figures(t)
	require.Greater(t, len(list), 50)
	held := 0
	for _, f := range list {
		if f.held() {
			held++
			continue
		}
		t.Logf("%s: %d is not in %+v", f.what, f.true, f.estimate)
	}
	assert.GreaterOrEqual(t, held*20, len(list)*19, "%d of %d held", held, len(list))
}

// The table of docs/estimates.md is that of the recorded counts.
func TestDocumentedErrors(t *testing.T) {
	byFamily := map[string][]figure{}
	for _, f := range figures(t) {
		byFamily[f.family] = append(byFamily[f.family], f)
	}
	var table strings.Builder
	table.WriteString("| family | counts | within the bounds | true count / estimate: least, median, most | low and high / estimate, median |\n| --- | --- | --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(byFamily)) {
		var ratios, lows, highs []float64
		held := 0
		for _, f := range byFamily[name] {
			mid := float64(f.estimate.Mid)
			ratios, lows, highs = append(ratios, float64(f.true)/mid), append(lows, float64(f.estimate.Low)/mid), append(highs, float64(f.estimate.High)/mid)
			if f.held() {
				held++
			}
		}
		for _, list := range [][]float64{ratios, lows, highs} {
			slices.Sort(list)
		}
		n := len(ratios)
		fmt.Fprintf(&table, "| `%s` | %d | %d | %.2f, %.2f, %.2f | %.2f, %.2f |\n", name, n, held, ratios[0], ratios[n/2], ratios[n-1], lows[n/2], highs[n/2])
	}
	page, err := os.ReadFile("../../docs/estimates.md")
	require.NoError(t, err)
	assert.Contains(t, string(page), table.String(), "put this table into docs/estimates.md")
}
