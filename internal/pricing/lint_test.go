package pricing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLintOfTheCuratedBook(t *testing.T) {
	for _, finding := range book(t).Lint() {
		t.Error(finding)
	}
}

func TestLintFinds(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a slipped unit":      {"mtok: {input: 3000, output: 15000}", "test/m: standard: output costs 15000 per million tokens"},
		"dear cache reads":    {"mtok: {input: 3, cache_read: 3.5, output: 15}", "test/m: standard: a cache read costs no less than input"},
		"cheap output":        {"mtok: {input: 3, output: 1}", "test/m: standard: output costs 1, input 3"},
		"a batch at a third":  {"mtok: {input: 3, output: 15}\n        modes: [{batch: true, times: 0.3}]", "test/m: batch input is 0.3 of the standard price"},
		"a dear flex":         {"mtok: {input: 3, output: 15}\n        modes: [{tier: [flex], times: 0.8}]", "test/m: flex input is 0.8 of the standard price"},
		"a priority of 50x":   {"mtok: {input: 3, output: 15}\n        modes: [{tier: [priority], times: 50}]", "test/m: priority input is 50 of the standard price"},
		"nothing":             {"mtok: {input: 0, output: 0}", "test/m: standard: input costs 0 per million tokens"},
		"a slip in a context": {"mtok: {input: 3, output: 15}\n        bands: [{prompt_over: 5, times: {input: 1000, output: 1}}]", "test/m: standard, prompt over 5 tokens: input costs 3000 per million tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			b := load(t, "provider: test\nsource: {page: p, read: \"2026-01-02\"}\nmodels:\n  m:\n    prices:\n      - "+tc.yaml+"\n")
			require.Contains(t, b.Lint(), tc.want)
		})
	}
}

func TestLintOfSnapshots(t *testing.T) {
	b := load(t, `
provider: test
source: {page: p, read: "2026-01-02"}
rules: {priority: {tier: [priority], times: 2}}
models:
  m: {prices: [{mtok: {input: 3, output: 15}, rules: [priority]}]}
  m-2026-01-01: {prices: [{mtok: {input: 2, output: 15}}]}
  n: {prices: [{mtok: {input: 3, output: 15}}]}
  n-20260101: {prices: [{mtok: {input: 3, cache_read: 0.3, output: 15}}]}
  moved:
    alias: [{model: m}, {model: n, from: 2026-02-01}]
  moved-2026-01-01: {prices: [{mtok: {input: 1, output: 15}}]}
`)
	require.Equal(t, []string{
		"test/m-2026-01-01: another standard price than test/m",
		"test/m-2026-01-01: no priority price, which test/m has",
	}, b.Lint())
}

func TestLintOfRegions(t *testing.T) {
	b := load(t, `
provider: test
source: {page: p, read: "2026-01-02"}
regions: {far: {only: [eu], times: 1.15}, near: {only: [eu], times: 1.1}}
region: near
models:
  m: {region: far, prices: [{mtok: {input: 3, output: 15}}]}
  n: {prices: [{mtok: {input: 3, output: 15}}]}
`)
	require.Equal(t, []string{"test/m: region rule far: 1.15 is not 1.1"}, b.Lint())
}

func TestLintOfClaudeCacheWrites(t *testing.T) {
	b := load(t, `
provider: anthropic
source: {page: p, read: "2026-01-02"}
models:
  claude-x:
    prices:
      - mtok: {input: 3, cache_write: 3, cache_write_1h: 3.75, output: 15}
`)
	require.Equal(t, []string{
		"anthropic/claude-x: standard: a 1-hour cache write is not 2x of input",
		"anthropic/claude-x: standard: a 5-minute cache write is not 1.25x of input",
	}, b.Lint())
}
