package pricing

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const identified = `
provider: test
source: {page: p, read: "2026-01-02"}
rules: {half: {batch: true, times: 0.5}}
regions: {up: {only: [eu, us], times: 1.1}}
models:
  m:
    region: up
    min_seconds: 3
    prices:
      - from: 2026-01-01
        to: 2026-02-01
        mtok: {input: 2, cache_read: 0.5, cache_write: input, output: 8}
        fees: {thousand_web_searches: 10, hour: 1}
        bands: [{prompt_over: 1000, times: {input: 2, output: 1.5}}]
        modes:
          - {tier: [flex, priority], mtok: {input: 1, cache_read: 0.5, output: 4}, bands: []}
          - {hours: ["01:00-02:00", "03:00-04:00"], days: [mon, tue], not_on: [2026-01-05, 2026-01-06, 2026-01-07], times: 0.5}
          - {speed: [fast], image_size: [a, b], image_quality: [hd], search_context: [low], thinking: true, times: 2}
        rules: [half]
      - {from: 2026-03-01, mtok: {input: 2, output: 8}}
`

func idOf(t *testing.T, text, when string) string {
	t.Helper()
	r := load(t, text).Price(&Call{Provider: "test", RequestModel: "m", Time: at(when), Usage: Usage{Input: n(1), Output: n(1)}})
	return r.PriceID
}

// An id that changes without its figures would make a ledger correct every call for nothing.
func TestPriceIDsAreTheSameEverywhere(t *testing.T) {
	assert.Equal(t, "test/m@2026-01-01#5562bf71", idOf(t, identified, "2026-01-15T00:00:00Z"))
	assert.Equal(t, "test/m@2026-03-01#8cc6a078", idOf(t, identified, "2026-03-15T00:00:00Z"))
	for range 20 {
		require.Equal(t, idOf(t, identified, "2026-01-15T00:00:00Z"), idOf(t, identified, "2026-01-15T00:00:00Z"))
	}
}

func TestWhatChangesAPriceID(t *testing.T) {
	base := idOf(t, identified, "2026-01-15T00:00:00Z")
	for name, change := range map[string][2]string{
		"a price":               {"input: 2,", "input: 3,"},
		"a price by reference":  {"cache_write: input,", "cache_write: 2.5,"},
		"a unit more":           {"cache_read: 0.5,", "cache_read: 0.5, audio_input: 5,"},
		"a fee":                 {"hour: 1", "hour: 2"},
		"a band's beginning":    {"prompt_over: 1000", "prompt_over: 2000"},
		"a band's factor":       {"output: 1.5}", "output: 2}"},
		"a band's prompt":       {"{prompt_over: 1000,", "{uncached_prompt: true, prompt_over: 1000,"},
		"a rule":                {"batch: true, times: 0.5", "batch: true, times: 0.4"},
		"a rule's exceptions":   {"batch: true, times: 0.5", "batch: true, times: 0.5, except: [cache_read]"},
		"a mode's tier":         {"[flex, priority]", "[flex]"},
		"a mode's speed":        {"speed: [fast], ", ""},
		"a mode's image size":   {"image_size: [a, b], ", "image_size: [a], "},
		"a mode's quality":      {"image_quality: [hd], ", ""},
		"a mode's context":      {"search_context: [low], ", ""},
		"a mode's thinking":     {", thinking: true", ""},
		"a window's hours":      {"03:00-04:00", "03:00-05:00"},
		"a window's days":       {"days: [mon, tue]", "days: [mon]"},
		"a window's holidays":   {", 2026-01-07", ""},
		"a place":               {"only: [eu, us]", "only: [eu]"},
		"the sign of a place":   {"only: [eu, us]", "except: [eu, us]"},
		"a place's factor":      {"times: 1.1}", "times: 1.2}"},
		"no rule of places":     {"    region: up\n", ""},
		"the shortest duration": {"min_seconds: 3", "min_seconds: 4"},
		"the day":               {"from: 2026-01-01", "from: 2026-01-02"},
	} {
		require.Contains(t, identified, change[0], name)
		assert.NotEqual(t, base, idOf(t, strings.Replace(identified, change[0], change[1], 1), "2026-01-15T00:00:00Z"), name)
	}
	for name, change := range map[string][2]string{
		"where it was read":  {"page: p", "page: another"},
		"when it was read":   {"2026-01-02", "2026-05-02"},
		"its end":            {"to: 2026-02-01", "to: 2026-02-11"},
		"a rule's name":      {"half", "batch"},
		"a rule of places":   {"up", "uplift"},
		"other names":        {"    region:", "    names: [n]\n    region:"},
		"the way it is put":  {"input: 2,", "input: 2.00,"},
		"the order of a set": {"[flex, priority]", "[priority, flex]"},
		"places in order":    {"[eu, us]", "[us, EU]"},
		"hours in order":     {`"01:00-02:00", "03:00-04:00"`, `"03:00-04:00", "01:00-02:00"`},
	} {
		require.Contains(t, identified, change[0], name)
		assert.Equal(t, base, idOf(t, strings.ReplaceAll(identified, change[0], change[1]), "2026-01-15T00:00:00Z"), name)
	}
}

func TestEveryPriceHasAnIDOfItsOwn(t *testing.T) {
	b := book(t)
	shape := regexp.MustCompile(`^[a-z0-9_.]+/[^#]+#[0-9a-f]{8}$`)
	seen := map[string]string{} // id -> figures
	check := func(m *model) {
		for i := range m.periods {
			p := &m.periods[i]
			require.Regexp(t, shape, p.id)
			figures := string(m.canonical(p))
			if old, ok := seen[p.id]; ok {
				require.Equal(t, old, figures, p.id)
			}
			seen[p.id] = figures
		}
	}
	for _, p := range b.providers {
		for _, m := range p.models {
			check(m)
		}
		for i := range p.suffixes {
			if free := p.suffixes[i].free; free != nil {
				check(free)
			}
		}
	}
	require.Greater(t, len(seen), 1000)
}
