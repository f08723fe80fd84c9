package pricing

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const head = "provider: test\nsource: {page: p, read: \"2026-01-02\"}\n"

func TestBadFilesAreRefusedByFileAndLine(t *testing.T) {
	model := func(s string) string {
		return head + "models:\n  other: {free: true}\n  m:\n    " + strings.ReplaceAll(s, "\n", "\n    ") + "\n"
	}
	for name, tc := range map[string]struct{ yaml, want string }{
		"not yaml":            {"provider: [", "test.yaml: "},
		"no provider":         {"models: {}", "test.yaml:1: provider is missing"},
		"an unknown key":      {head + "modles: {}", "field modles not found"},
		"no prices":           {model("names: [x]"), "test.yaml:5: test/m: no prices: give prices, like, alias or free"},
		"no source":           {"provider: test\nmodels:\n  m: {prices: [{mtok: {input: 1}}]}", "test.yaml:3: test/m: source: page and read are missing"},
		"a bad read day":      {"provider: test\nsource: {page: p, read: yesterday}\nmodels: {m: {prices: [{mtok: {input: 1}}]}}", `read "yesterday": a day as YYYY-MM-DD`},
		"a price in words":    {model("prices: [{mtok: {input: three}}]"), `test/m: input: "three": a price in USD`},
		"a negative price":    {model("prices: [{mtok: {input: -3}}]"), `input: "-3": a price from 0`},
		"too fine a price":    {model("prices: [{mtok: {input: 0.0000000000001}}]"), "at most twelve decimals"},
		"an unknown unit":     {model("prices: [{mtok: {imput: 3}}]"), "imput: not a unit that is priced here"},
		"a fee per token":     {model("prices: [{fees: {input: 3}}]"), "input: not a unit that is priced here"},
		"a chain of sames":    {model("prices: [{mtok: {input: output, output: input}}]"), "has no price of its own"},
		"the order of dates":  {model("prices:\n- {from: 2026-02-01, mtok: {input: 1}}\n- {from: 2026-01-01, mtok: {input: 2}}"), "test.yaml:5: test/m: from 2026-01-01: prices are written oldest first"},
		"overlapping dates":   {model("prices:\n- {from: 2026-01-01, to: 2026-03-01, mtok: {input: 1}}\n- {from: 2026-02-01, mtok: {input: 2}}"), "overlaps the price before it"},
		"an end before":       {model("prices: [{from: 2026-02-01, to: 2026-01-01, mtok: {input: 1}}]"), "a day or time after from"},
		"a bad date":          {model("prices: [{from: 1.2.2026, mtok: {input: 1}}]"), `"1.2.2026": a day as YYYY-MM-DD`},
		"no threshold":        {model("prices: [{mtok: {input: 1}, bands: [{times: {input: 2, output: 2}}]}]"), "one of prompt_over (exclusive) and prompt_from (inclusive)"},
		"two thresholds":      {model("prices: [{mtok: {input: 1}, bands: [{prompt_over: 1, prompt_from: 1, times: {input: 2, output: 2}}]}]"), "one of prompt_over"},
		"an empty band":       {model("prices: [{mtok: {input: 1}, bands: [{prompt_over: 1}]}]"), "one of times and mtok"},
		"an inexact factor":   {model("prices: [{mtok: {input: 0.000000000001}, modes: [{batch: true, times: 0.5}]}]"), "batch: input: the product has more than twelve decimals"},
		"an unknown rule":     {model("prices: [{mtok: {input: 1}, rules: [half]}]"), `no rule "half" in this file`},
		"an unknown region":   {model("region: moon\nprices: [{mtok: {input: 1}}]"), `no region rule "moon" in this file`},
		"an unknown tier":     {model("prices: [{mtok: {input: 1}, modes: [{tier: [gold], times: 2}]}]"), `tier "gold"`},
		"bad hours":           {model("prices: [{mtok: {input: 1}, modes: [{hours: [\"22:00-04:00\"], times: 2}]}]"), "within one day"},
		"a bad weekday":       {model("prices: [{mtok: {input: 1}, modes: [{hours: [\"1:00-2:00\"], days: [monday], times: 2}]}]"), `days "monday"`},
		"days without hours":  {model("prices: [{mtok: {input: 1}, modes: [{days: [mon], times: 2}]}]"), "days, not_on and not_on_until go with hours"},
		"a bad holiday":       {model("prices: [{mtok: {input: 1}, modes: [{hours: [\"1:00-2:00\"], not_on: [xmas], times: 2}]}]"), `not_on "xmas"`},
		"no end of holidays":  {model("prices: [{mtok: {input: 1}, modes: [{hours: [\"1:00-2:00\"], not_on_until: xmas, times: 2}]}]"), `not_on_until "xmas"`},
		"a doubt of nothing":  {model("prices: [{mtok: {input: 1}, assume: {luck: []}}]"), `assume: no assumption is called "luck"`},
		"a doubt about what":  {model("prices: [{mtok: {input: 1}, assume: {region: [tokens]}}]"), `assume: region: no unit "tokens"`},
		"tokens once":         {model("fees_once: [input]\nprices: [{mtok: {input: 1}}]"), "fees_once [input]: names of fees"},
		"a place of its own":  {head + "regions: {r: {only: [a], times: 1.1, places: [{times: 2}]}}\nmodels: {m: {region: r, prices: [{mtok: {input: 1}}]}}", "places, times 2: only: the places it is for"},
		"a bad place":         {head + "regions: {r: {only: [a], times: 1.1, places: [{only: [b], times: 0}]}}\nmodels: {m: {region: r, prices: [{mtok: {input: 1}}]}}", `places [b]: times: "0"`},
		"a doubtful place":    {head + "regions: {r: {only: [a], times: 1.1, places: [{only: [b], times: 2, assume: luck}]}}\nmodels: {m: {region: r, prices: [{mtok: {input: 1}}]}}", `places [b]: no assumption is called "luck"`},
		"tools by the token":  {head + "fees: {input: 1}\nmodels: {m: {free: true}}", "test.yaml: fees: input: not a unit that is priced here"},
		"a standard promise":  {head + "committed: [standard]\nmodels: {m: {free: true}}", `test.yaml: committed: "standard"`},
		"like nobody":         {model("like: test/nobody"), "test/m: like: no model test/nobody"},
		"like itself":         {model("like: test/m"), "refers to itself"},
		"like and prices":     {model("like: test/other\nprices: [{mtok: {input: 1}}]"), "like and prices: one of them"},
		"an alias to nobody":  {model("alias: [{model: nobody}]"), "alias: no model test/nobody"},
		"an undated alias":    {model("alias: [{model: other, from: 2026-01-01}]"), "every span but the first has one"},
		"a name twice":        {head + "models:\n  a: {names: [x], free: true}\n  b: {names: [X], free: true}\n", `name "x" is also one of test/`},
		"a spelling twice":    {head + "---\nprovider: second\nspellings: [Test]\n", `spelling "test" is also one of provider test`},
		"a model twice":       {head + "models: {m: {free: true}}\n---\n" + head + "models: {m: {free: true}}\n", "one layer holds a model once"},
		"a bad host":          {head + "hosts: {\"*.a.*.b\": }\n", "a host name with at most one"},
		"unknown assumptions": {model("assume: luck\nfree: true"), `no assumption is called "luck"`},
		"a price of a slip":   {model("prices: [{mtok: {input: 1000001}}]"), `input: "1000001": a price from 0 to a million USD`},
		"a price of nothing":  {model("prices: [{}]"), "neither mtok, fees nor modes"},
		"a negative minimum":  {model("min_seconds: -1\nprices: [{fees: {hour: 1}}]"), "min_seconds: -1: a number of seconds from 0 to 3600"},
		"an endless minimum":  {model("min_seconds: 9223372036854775807\nprices: [{fees: {hour: 1}}]"), "a number of seconds from 0 to 3600"},
		"an empty suffix":     {head + "suffixes: {\"\": free}\n", "suffixes: an empty text"},
		"an empty family":     {head + "families: [\" \"]\n", "families: an empty text"},
		"an empty prefix":     {head + "prefixes: [\"\"]\n", "prefixes: an empty text"},
		"an empty spelling":   {head + "spellings: [\"\"]\n", "spellings: an empty text"},
		"an empty model":      {head + "models: {\"\": {free: true}}\n", "models: an empty text"},
		"too many entries":    {head + "models:\n" + strings.Repeat("  m: {free: true}\n", maxEntries+1), "test.yaml:4: more than 10000 entries in one mapping"},
		"aliases of aliases":  {aliasBomb(), "document contains excessive aliasing"},
		"a deep nest":         {head + "models: " + strings.Repeat("[", 1<<20), "exceeded max depth"},
		"own bands needed":    {model("prices: [{mtok: {input: 1}, bands: [{prompt_over: 1, mtok: {input: 2}}], modes: [{batch: true, mtok: {input: 0.5}}]}]"), "give this mode its own bands"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryLoad(tc.yaml)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := Load()
	require.ErrorContains(t, err, "no price files")
}

func aliasBomb() string {
	bomb := "tenants:\n  a0: &a0 [" + strings.Repeat("{times: 0.9},", 1000) + "]\n"
	for i := range 3000 {
		bomb += "  b" + strconv.Itoa(i) + ": *a0\n"
	}
	return bomb
}

// A folder of something else is not read into memory.
func TestFilesThatAreNoPriceFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("#", size)), 0o600))
		return path
	}
	_, err := ReadFiles(write("a.yaml", maxFileSize+1))
	require.ErrorContains(t, err, "larger than 4 MiB")
	require.NoError(t, os.Remove(filepath.Join(dir, "a.yaml")))
	for i := range maxFilesSize / maxFileSize {
		write(strconv.Itoa(i)+".yaml", maxFileSize)
	}
	_, err = ReadFiles(dir)
	require.NoError(t, err)
	write("z.yaml", 1)
	_, err = ReadFiles(dir)
	require.ErrorContains(t, err, "larger than 16 MiB together")
	for name, make := range map[string]func(path string) error{
		"a loop":            func(path string) error { return os.Symlink(path, path) },
		"a link to nothing": func(path string) error { return os.Symlink(path+"x", path) },
		"a link to folders": func(path string) error { return os.Symlink(filepath.Dir(path), path) },
	} {
		folder := t.TempDir()
		require.NoError(t, make(filepath.Join(folder, "x.yaml")))
		_, err := ReadFiles(folder)
		require.ErrorContains(t, err, "x.yaml", name)
	}
	_, err = ReadFiles("/dev/zero")
	require.ErrorContains(t, err, "neither a file nor a folder")
}

func TestOverridesBeatTheBook(t *testing.T) {
	ours := head + `
regions: {up: {only: [eu], times: 1.1}}
models:
  m: {names: [alias], prices: [{mtok: {input: 2, output: 4}}]}
  n: {names: [n-2026], region: up, prices: [{mtok: {input: 1, cache_read: 0.1, output: 1}, fees: {thousand_web_searches: 10}}]}
`
	theirs := `
provider: test
models:
  # A contract of our own, without a page to point to.
  m: {prices: [{mtok: {input: 1, output: 3}}]}
  # A discount on everything, fees included.
  n: {like: test/n, times: 0.9}
  # A deployment of our own naming.
  my-prod-chat: {like: test/m}
`
	b := load(t, ours, theirs)
	price := func(c Call) Result {
		c.Provider, c.Time = "test", july
		c.Usage = Usage{Input: n(1_000_000), Output: n(0), WebSearches: c.Usage.WebSearches}
		return b.Price(&c)
	}
	for model, want := range map[string]string{"m": "1", "my-prod-chat": "1", "alias": "", "n": "0.9", "n-2026": "0.9"} {
		r := price(Call{RequestModel: model})
		assert.Equal(t, want, r.Amount.String(), model)
	}
	discounted := price(Call{RequestModel: "n"})
	assert.Equal(t, "p", discounted.PriceSource, "the price still stands on that page")
	r := price(Call{RequestModel: "n", Region: "eu", Usage: Usage{WebSearches: n(100)}})
	assert.Equal(t, "1.89", r.Amount.String())

	b = load(t, ours, "provider: test\nmodels: {n: {like: test/n, times: 0.5}}", "provider: test\nmodels: {n: {like: test/n, times: 0.9}}")
	r = price(Call{RequestModel: "n"})
	assert.Equal(t, "0.45", r.Amount.String(), "every layer corrects the one below")

	b = load(t, ours, "provider: test\nmodels: {mine: {names: [n], prices: [{mtok: {input: 7, output: 7}}]}}")
	r = price(Call{RequestModel: "n"})
	assert.Equal(t, "7", r.Amount.String(), "a user's name wins over ours")
}

func TestModes(t *testing.T) {
	b := load(t, head+`
rules:
  half: {batch: true, times: 0.5, except: [cache_read]}
models:
  m:
    prices:
      - mtok: {input: 2, cache_read: 1, output: 8}
        fees: {thousand_requests: 5}
        bands: [{prompt_over: 1000, times: {input: 2, output: 1.5}}]
        rules: [half]
        modes:
          - {thinking: true, mtok: {output: 10}}
          - {search_context: [high], fees: {thousand_requests: 12}}
          - {tier: [flex], mtok: {input: 1, cache_read: 0.5, output: 4}, bands: []}
`)
	price := func(c Call) string {
		c.Provider, c.RequestModel, c.Time = "test", "m", july
		if !c.Usage.Input.Known {
			c.Usage.Input, c.Usage.Output = n(1000), n(1000)
		}
		r := b.Price(&c)
		require.Equal(t, "exact", r.StatusText())
		return r.Amount.String()
	}
	assert.Equal(t, "0.015", price(Call{}))
	assert.Equal(t, "0.017", price(Call{Thinking: true}))
	assert.Equal(t, "0.017", price(Call{Usage: Usage{Input: n(1000), Output: n(1000), Reasoning: n(1)}}), "reasoning tokens say that it thought")
	assert.Equal(t, "0.022", price(Call{SearchContext: "high"}))
	assert.Equal(t, "0.01", price(Call{Batch: true}))
	assert.Equal(t, "0.01", price(Call{ServiceTier: "batch"}))
	assert.Equal(t, "0.01", price(Call{ServiceTier: "flex"}))
	assert.Equal(t, "0.021004", price(Call{Usage: Usage{Input: n(1001), Output: n(1000)}}), "band")
	assert.Equal(t, "0.010001", price(Call{ServiceTier: "flex", Usage: Usage{Input: n(1001), Output: n(1000)}}), "flex without a band")
	assert.Equal(t, "0.013002", price(Call{Batch: true, Usage: Usage{Input: n(1001), Output: n(1000)}}), "band of a batch")
}

func TestBandPricesOfTheirOwnGoThroughTheFactor(t *testing.T) {
	b := load(t, head+`
models:
  m:
    prices:
      - mtok: {input: 2, output: 8}
        bands:
          - {prompt_over: 1000, mtok: {input: 3, output: 9}}
          - {prompt_from: 5000, mtok: {input: 5, output: 10}, uncached_prompt: true}
        modes: [{batch: true, times: 0.5}]
`)
	price := func(batch bool, in, cached int64) string {
		c := Call{Provider: "test", RequestModel: "m", Time: july, Batch: batch, Usage: Usage{Input: n(in), Output: n(0), CacheRead: n(cached)}}
		return b.Price(&c).Amount.String()
	}
	assert.Equal(t, "0.002", price(false, 1000, 0))
	assert.Equal(t, "0.003003", price(false, 1001, 0))
	assert.Equal(t, "0.0015015", price(true, 1001, 0))
	assert.Equal(t, "0.025", price(false, 5000, 0))
	assert.Equal(t, "0.015", price(false, 5000, 1), "cached tokens are not part of that prompt")
}

func TestExplain(t *testing.T) {
	e := book(t).Explain(&Call{
		Provider: "anthropic", RequestModel: "claude-opus-4-6", Region: "us", Batch: true, Time: at("2026-02-20T00:00:00Z"),
		Usage: Usage{Input: n(250_000), Output: n(1_000), CacheRead: n(100_000), WebSearches: n(2)},
	})
	assert.Equal(t, "(150000*5/1000000 + 100000*0.5/1000000 + 1000*18.75/1000000)*1.1 + 2*10/1000", e.Arithmetic())
	assert.Equal(t, "0.920625", e.Result.Amount.String())
	assert.Equal(t, "anthropic", e.Provider)
	assert.Equal(t, "anthropic/claude-opus-4-6", e.Model)
	assert.Equal(t, "claude-opus-4-6", e.MatchedBy)
	assert.Equal(t, "batch", e.Card)
	assert.Equal(t, "prompt over 200000 tokens", e.Band)
	assert.Equal(t, "1.1 (us_inference)", e.Multiplier)
	assert.Equal(t, "2026-02-05", e.From)
	assert.Equal(t, "2026-03-13", e.To)
	assert.Equal(t, "2026-11-23", e.ReadOn)
	require.Len(t, e.Lines, 4)
	assert.Equal(t, "0.825", e.Lines[0].Cost.String())
	assert.Equal(t, "0.02", e.Lines[3].Cost.String())

	empty := book(t).Explain(&Call{Provider: "openai", RequestModel: "gpt-99"})
	assert.Empty(t, empty.Arithmetic())
	assert.Equal(t, StatusUnknownModel, empty.Result.Status)
}

func TestList(t *testing.T) {
	l := book(t).List("x_ai", "grok-4.20-0309-reasoning")
	require.NotEmpty(t, l)
	for _, x := range l {
		assert.Equal(t, "xai", x.Provider)
		assert.Equal(t, "grok-4.20", x.Model)
	}
	assert.Equal(t, "standard", l[0].Card)
	assert.Equal(t, "2026-04-30", l[0].To)
	assert.Equal(t, "prompt of 200000 tokens or more", l[1].Band)
	assert.Empty(t, book(t).List("acme", ""))
	assert.NotEmpty(t, book(t).List("", "claude-opus-4-8"))
	assert.Contains(t, book(t).ProviderNames(), "groq")
}

func TestLoadPaths(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.conf")
	require.NoError(t, os.WriteFile(file, []byte("provider: openai\nmodels: {gpt-4o-mini: {like: openai/gpt-4o-mini, times: 0.5}}"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.yaml"), []byte("provider: openai\nmodels: {house-model: {like: openai/gpt-4.1}}"), 0o600))
	price := func(b *Book, model string) string {
		r := b.Price(&Call{Provider: "openai", RequestModel: model, Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		return r.Amount.String()
	}
	b, err := LoadPaths(dir, file)
	require.NoError(t, err)
	assert.Equal(t, "0.075", price(b, "gpt-4o-mini"))
	assert.Equal(t, "2", price(b, "house-model"))

	_, err = LoadPaths(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, []byte("provider: openai\nmodels:\n  x: {prices: []}"), 0o600))
	_, err = LoadPaths(file)
	require.ErrorContains(t, err, file+":3: openai/x: no prices")
}

// What was agreed with one vendor says nothing of what another takes for the same model, but everything of the same vendor's names.
func TestCorrectionsStayWithTheirProvider(t *testing.T) {
	b := load(t, head+`
models:
  m-1: {prices: [{mtok: {input: 2, output: 4}}]}
  m: {alias: [{model: m-1}]}
---
provider: reseller
source: {page: p, read: "2026-01-02"}
models:
  m: {like: test/m}
  ours: {prices: [{mtok: {input: 5, output: 5}}]}
`, `
provider: test
models:
  m-1: {like: test/m-1, times: 0.5}
---
provider: reseller
models:
  deployment: {like: test/m}
`)
	for id, want := range map[string]string{"test/m-1": "1", "test/m": "1", "reseller/m": "2", "reseller/deployment": "1", "reseller/ours": "5"} {
		provider, model, _ := strings.Cut(id, "/")
		r := b.Price(&Call{Provider: provider, RequestModel: model, Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		assert.Equal(t, want, r.Amount.String(), id)
	}
}

// A mistake is told once, where it is, and not again for each model that is like the one with the mistake.
func TestAMistakeIsToldOnce(t *testing.T) {
	_, err := tryLoad(head+"models:\n  a: {like: test/b}\n  b: {prices: [{mtok: {input: 1}}]}\n  c: {like: test/b}\n",
		head+"models:\n  b: {prices: [{mtok: {input: x}}]}\n")
	require.EqualError(t, err, `test.yaml:4: test/b: input: "x": a price in USD, or the name of a unit that costs the same`)
}
