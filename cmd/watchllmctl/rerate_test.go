package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

func TestSelectionOfDaysAndTimes(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.FixedZone("", 3600))
	s, err := (&selectionFlags{from: "2026-11-01", Selection: rerate.Selection{Tenant: "acme"}}).parse(now)
	require.NoError(t, err)
	require.Equal(t, rerate.Selection{From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), To: now.UTC(), Tenant: "acme"}, s)
	s, err = (&selectionFlags{from: "2026-11-01T10:00:00+02:00", to: "2026-11-02T00:00Z"}).parse(now)
	require.NoError(t, err)
	require.Equal(t, "2026-11-01T08:00:00Z 2026-11-02T00:00:00Z", s.From.Format(time.RFC3339)+" "+s.To.Format(time.RFC3339))
	for _, bad := range []selectionFlags{{from: "yesterday"}, {from: "2026-11-02", to: "2026-11-02"}, {from: "1960-01-01"}, {from: "2026-01-01", to: "2300-01-01"}} {
		_, err := bad.parse(now)
		require.ErrorContains(t, err, "--from", bad)
	}
}

func TestRerateAsks(t *testing.T) {
	for answer, agreed := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		var out strings.Builder
		c := rerateCommand{in: strings.NewReader(answer), out: &out}
		got, err := c.ask(3)
		require.NoError(t, err)
		assert.Equal(t, agreed, got, "%q", answer)
		assert.Contains(t, out.String(), "Append 3 corrections")
		assert.NotEqual(t, agreed, strings.Contains(out.String(), "Nothing was appended"))
	}
}

func TestRerateNeedsSomebodyToAsk(t *testing.T) {
	require.ErrorContains(t, (&rerateCommand{}).run(t.Context()), "--yes")
	require.ErrorContains(t, (&rerateCommand{terminal: true, asJSON: true}).run(t.Context()), "--json cannot ask")
}

func TestThePricesOfTheCollector(t *testing.T) {
	config := filepath.Join(t.TempDir(), "collector.yaml")
	for _, tc := range []struct {
		processors string
		want       []string
		err        string
	}{
		{"llm_cost:", []string{}, ""},
		{"llm_cost: {prices: [a.yaml, b]}", []string{"a.yaml", "b"}, ""},
		{"llm_cost/x: {prices: [a.yaml]}", []string{"a.yaml"}, ""},
		{"{llm_cost/x: {prices: [a.yaml]}, llm_cost: {prices: [b.yaml]}}", nil, "llm_cost and llm_cost/x have different prices: [b.yaml] and [a.yaml]"},
		{"{llm_cost/x: {prices: [a.yaml]}, llm_cost: }", nil, "different prices"},
		{"batch: {prices: [a.yaml]}", nil, ""},
	} {
		text := "processors:\n  " + tc.processors + "\n"
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
		got, err := configuredPrices(t.Context(), config)
		if tc.err != "" {
			require.ErrorContains(t, err, tc.err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tc.want, got, text)
	}
}

// Another shell than the collector's easily has another book: the output says which, and warns where a price is lost.
func TestRerateSaysWhatTheBookIsMadeOf(t *testing.T) {
	config := filepath.Join(t.TempDir(), "collector.yaml")
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(config, []byte("processors: {llm_cost: {}}\n"), 0o600))
	require.NoError(t, os.WriteFile(own, []byte("provider: openai\nmodels: {house: {prices: [{mtok: {input: 1, output: 2}}]}}\n"), 0o600))
	store := storeFlags{config: config}
	report := func(lost int, more ...string) string {
		_, err := store.book(t.Context(), more)
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, printDiff(&out, &rerateResult{BookReadOn: "2026-11-26", PriceFiles: store.files, Report: rerate.Report{
			Corrections: 1, Diff: &rerate.Diff{Totals: []*rerate.Figures{{Currency: "USD", Changed: 1, LostPrice: lost}}},
		}}))
		return out.String()
	}
	assert.Contains(t, report(0, own), "read up to 2026-11-26 and price files "+own+".")
	assert.NotContains(t, report(0, own), "lose their price")
	assert.Contains(t, report(0), "read up to 2026-11-26 and no price files of your own.")
	assert.Contains(t, report(1), "Calls lose their price, because the book here, with no price files of your own, has none")
}

// The file to fill in is a price file once it is filled in, whatever clients call their models, and none before.
func TestOverrideToFillIn(t *testing.T) {
	names := []rerate.Named{
		{Provider: "acme", RequestModel: "plain-1"},
		{RequestModel: "x", ResponseModel: "nobody's: #1"},
		{Provider: "acme", RequestModel: "two\nlines"},
		{Provider: "acme", RequestModel: "plain-1", Host: "other.example"},
	}
	text := overrideFor(names)
	file := filepath.Join(t.TempDir(), "own.yaml")
	load := func(text string) (*pricing.Book, error) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return pricing.LoadPaths(file)
	}
	_, err := load(text)
	require.ErrorContains(t, err, "own.yaml")
	filled := strings.NewReplacer("input: FILL_IN", "input: 1", "output: FILL_IN", "output: 2", "FILL_IN", "some").Replace(text)
	book, err := load(filled)
	require.NoError(t, err, filled)
	unknown, known := rerate.Unknown([]rerate.Named{{Provider: "acme", RequestModel: "plain-1", Unknown: 1}, {Provider: "acme", RequestModel: "else"}}, book)
	require.Len(t, unknown, 1)
	require.Equal(t, "else", unknown[0].Model())
	require.Len(t, known, 1)
}
