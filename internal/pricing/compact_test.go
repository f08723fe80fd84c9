package pricing

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/prices"
)

// What the program carries has to be what was reviewed.
func TestCompactIsTheImportedFiles(t *testing.T) {
	texts, err := readFolder(os.DirFS("../../prices/imported"))
	require.NoError(t, err)
	reviewed, err := readFiles(layer{texts: texts, imported: true}, 0)
	require.NoError(t, err)
	carried, err := readCompact(layer{compact: prices.Imported, imported: true}, 0)
	require.NoError(t, err)
	require.Len(t, carried, len(reviewed))
	for i, want := range reviewed {
		want.text, want.index = nil, 0 // a compact file has no lines
		assert.Equal(t, want, carried[i], "%s: run watchllmctl prices update", want.file)
	}
}

func TestCompactRefuses(t *testing.T) {
	for name, compact := range map[string][]byte{"no gzip": []byte("[]"), "empty": {}} {
		_, err := readCompact(layer{prefix: "prices/imported/", compact: compact}, 0)
		assert.ErrorContains(t, err, "prices/imported/", name)
	}
}

// A name in other people's tables does not say who bills: only calls that name the provider, or its host, get such a price.
func TestImportedPricesNeedAProvider(t *testing.T) {
	b, err := loadLayers([]layer{
		{texts: textsOf("provider: v\nsource: {page: p, read: \"2026-01-02\"}\nmodels: {house-model: {prices: [{mtok: {input: 1, output: 2}}]}}\n"), imported: true},
		{texts: textsOf("provider: v\nvendor: true\nhosts: {api.v.example: }\nsource: {page: p, read: \"2026-01-02\"}\nmodels: {own-model: {prices: [{mtok: {input: 3, output: 4}}]}}\n")},
	})
	require.NoError(t, err)
	usage := Usage{Input: n(1_000_000), Output: n(0)}
	for _, tc := range []struct {
		call Call
		want string
	}{
		{Call{RequestModel: "own-model", Usage: usage}, "assumed:provider"},
		{Call{RequestModel: "house-model", Usage: usage}, "unknown_model"},
		{Call{Provider: "v", RequestModel: "house-model", Time: at("2026-01-02T00:00:00Z"), Usage: usage}, "exact"},
		{Call{ServerAddress: "api.v.example", RequestModel: "house-model", Time: at("2026-01-02T00:00:00Z"), Usage: usage}, "exact"},
		{Call{Provider: "somebody", RequestModel: "house-model", Usage: usage}, "unknown_model"},
	} {
		tc.call.Time = at("2026-01-02T00:00:00Z")
		r := b.Price(&tc.call)
		assert.Equal(t, tc.want, r.StatusText(), "%+v", tc.call)
	}
}

func TestCuratedBeatsImportedAndOnesOwnBeatsBoth(t *testing.T) {
	doc := func(price string) string {
		return "provider: v\nsource: {page: p, read: \"2026-01-02\"}\nmodels: {m: {prices: [{mtok: {input: " + price + "}}]}}\n"
	}
	layers := []layer{{imported: true}, {}, {user: true}}
	for i, price := range []string{"1", "2", "3"} {
		layers[i].texts = textsOf(doc(price))
		b, err := loadLayers(layers[:i+1])
		require.NoError(t, err)
		r := b.Price(&Call{Provider: "v", RequestModel: "m", Usage: Usage{Input: n(1_000_000)}, Time: at("2026-01-02T00:00:00Z")})
		assert.Equal(t, price, r.Amount.String())
	}
}

// A provider's rule for all its models is a rule for those that were imported, unless the table knows better.
func TestRulesForEveryImportedModel(t *testing.T) {
	b, err := loadLayers([]layer{
		{texts: textsOf(`
provider: v
source: {page: p, read: "2026-01-02"}
models:
  plain: {prices: [{mtok: {input: 1, output: 2}, bands: [{prompt_over: 1000000, mtok: {input: 2}}]}]}
  own: {prices: [{mtok: {input: 1, output: 2}, modes: [{batch: true, mtok: {input: 0.7}, bands: []}]}]}
  audio: {prices: [{fees: {hour: 1}}]}
`), imported: true},
		{texts: textsOf("provider: v\nsource: {page: p, read: \"2026-01-02\"}\nrules: {batch: {batch: true, times: 0.5}}\nevery: [batch]\n")},
	})
	require.NoError(t, err)
	for model, want := range map[string]string{"plain": "0.5", "own": "0.7"} {
		r := b.Price(&Call{Provider: "v", RequestModel: model, Batch: true, Usage: Usage{Input: n(1_000_000), Output: n(0)}, Time: at("2026-01-02T00:00:00Z")})
		assert.Equal(t, "exact "+want, r.StatusText()+" "+r.Amount.String(), model)
	}
	r := b.Price(&Call{Provider: "v", RequestModel: "plain", Batch: true, Usage: Usage{Input: n(2_000_000), Output: n(0)}, Time: at("2026-01-02T00:00:00Z")})
	assert.Equal(t, "2", r.Amount.String())
	r = b.Price(&Call{Provider: "v", RequestModel: "audio", Batch: true, Usage: Usage{Input: n(0), Output: n(0), Milliseconds: n(3_600_000)}, Time: at("2026-01-02T00:00:00Z")})
	assert.Equal(t, "assumed:batch 1", r.StatusText()+" "+r.Amount.String())
	_, err = tryLoad("provider: v\nevery: [x]\n")
	require.ErrorContains(t, err, `every: no rule "x" in this file`)
}
