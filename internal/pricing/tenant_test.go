package pricing

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tenantBook = `
provider: test
spellings: [testing]
source: {page: p, read: "2026-08-02"}
regions: {up: {only: [eu], times: 1.1}}
models:
  m: {names: [alias], region: up, prices: [{from: 2026-01-01, mtok: {input: 2, output: 4}, fees: {thousand_web_searches: 10}}]}
  n: {prices: [{from: 2026-01-01, mtok: {input: 2, output: 4}}]}
  gratis: {free: true}
---
provider: other
source: {page: p, read: "2026-08-02"}
models: {m: {prices: [{from: 2026-01-01, mtok: {input: 2, output: 4}}]}}
---
provider: local
local: true
`

const tenantFile = `
tenants:
  acme:
    - {times: 0.9}
    - {provider: Testing, times: 0.85}
    - {model: test/alias, times: 0.8, from: 2026-09-01, to: 2026-12-01}
    - {model: test/alias, times: 0.75, from: 2026-12-01}
  beta:
    - {provider: test, times: 0.00}
    - {provider: other, times: 1, bills: true}
  gamma: [{times: 1.5, bills: true}, {model: test/n, times: 0.5}]
  "*": [{times: 1.0333}]
`

func TestTenants(t *testing.T) {
	b := load(t, tenantBook, tenantFile)
	for _, tc := range []struct{ tenant, model, when, want, id string }{
		{"acme", "test/m", "2026-08-31T23:59:59Z", "1.7", "*0.85"},
		{"acme", "test/m", "2026-09-01T00:00:00Z", "1.6", "*0.8"},
		{"acme", "test/m", "2026-11-30T23:59:59Z", "1.6", "*0.8"},
		{"acme", "test/m", "2026-12-01T00:00:00Z", "1.5", "*0.75"},
		{"acme", "test/n", "2026-10-01T00:00:00Z", "1.7", "*0.85"},
		{"acme", "other/m", "2026-10-01T00:00:00Z", "1.8", "*0.9"},
		{"beta", "test/m", "2026-10-01T00:00:00Z", "0", "*0"},
		{"beta", "other/m", "2026-10-01T00:00:00Z", "2", ""},
		{"gamma", "test/m", "2026-10-01T00:00:00Z", "3", "*1.5"},
		{"gamma", "test/n", "2026-10-01T00:00:00Z", "1", "*0.5"},
		{"delta", "test/n", "2026-10-01T00:00:00Z", "2.0666", "*1.0333"},
		{"", "test/n", "2026-10-01T00:00:00Z", "2.0666", "*1.0333"},
		{"acme", "test/m", "", "1.7", "*0.85"}, // the day the book was read
	} {
		provider, model, _ := strings.Cut(tc.model, "/")
		c := Call{Tenant: tc.tenant, Provider: provider, RequestModel: model, Usage: Usage{Input: n(1_000_000), Output: n(0)}}
		if tc.when != "" {
			c.Time = at(tc.when)
		}
		r := b.Price(&c)
		assert.Equal(t, tc.want, r.Amount.String(), "%+v", tc)
		assert.Equal(t, tc.want, r.Computed.String(), "%+v", tc)
		assert.Equal(t, tc.want, r.Components.Input.String(), "%+v", tc)
		assert.Equal(t, "0", r.Components.Output.String())
		_, fingerprint, _ := strings.Cut(r.PriceID, "#")
		assert.Equal(t, tc.id, fingerprint[8:], "%+v", tc)
		if tc.when != "" {
			assert.Equal(t, "exact", r.StatusText(), "also when it costs nothing: it is not a free model")
		}
	}
	unknown := b.Price(&Call{Tenant: "acme", Provider: "test", RequestModel: "x", Usage: Usage{Input: n(1), Output: n(1)}})
	assert.Equal(t, Result{Status: StatusUnknownModel}, unknown)
	free := b.Price(&Call{Tenant: "acme", Provider: "test", RequestModel: "gratis", Time: july, Usage: Usage{Input: n(1), Output: n(1)}})
	assert.Equal(t, "free 0", free.StatusText()+" "+free.Amount.String())
	assert.NotContains(t, free.PriceID, "*")
	local := b.Price(&Call{Tenant: "gamma", Provider: "local", RequestModel: "x", Usage: Usage{Input: n(1), Output: n(1)}})
	assert.Equal(t, "local 0", local.StatusText()+" "+local.Amount.String())
}

// Every layer of one's own corrects the one before it, tenant by tenant and target by target.
func TestTenantsOfLaterFiles(t *testing.T) {
	b := load(t, tenantBook, tenantFile, "tenants: {acme: [{provider: test, times: 0.5}]}\n", "tenants: {acme: [{model: test/n, times: 0.6, to: 2026-09-01}]}\n")
	price := func(model, when string) string {
		c := Call{Tenant: "acme", Provider: "test", RequestModel: model, Time: at(when), Usage: Usage{Input: n(1_000_000), Output: n(0)}}
		return b.Price(&c).Amount.String()
	}
	assert.Equal(t, "1", price("m", "2026-08-01T00:00:00Z"))
	assert.Equal(t, "1.6", price("m", "2026-09-01T00:00:00Z"), "the rule of a model stays")
	assert.Equal(t, "1.2", price("n", "2026-08-31T00:00:00Z"))
	assert.Equal(t, "1", price("n", "2026-09-01T00:00:00Z"))
}

// A bill is a bill, unless the user says that a tenant pays a multiple of it.
func TestTenantsAndBills(t *testing.T) {
	b := load(t, tenantBook, tenantFile)
	bill := func(tenant, provider, model string, pico int64) Result {
		return b.Price(&Call{
			Tenant: tenant, Provider: provider, RequestModel: model, Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)},
			Reported: Reported{Amount: USD(pico), Authoritative: true},
		})
	}
	r := bill("acme", "test", "m", 5)
	assert.Equal(t, Result{Status: StatusProviderReported, Amount: USD(5), Computed: USD(2e12), Currency: "USD"}, r, "neither figure is multiplied")
	r = bill("gamma", "test", "m", 5)
	assert.Equal(t, Result{Status: StatusProviderReported, Amount: USD(8), Computed: USD(3e12), Currency: "USD", PriceID: "bill*1.5"}, r, "7.5 goes to the even 8")
	r = bill("gamma", "openrouter", "some/model", 4e11)
	assert.Equal(t, Result{Status: StatusProviderReported, Amount: USD(6e11), Currency: "USD", PriceID: "bill*1.5"}, r)
	r = bill("gamma", "test", "m", maxPico)
	assert.Equal(t, Result{Status: StatusPartial, Unpriced: overflowed}, r)
	r = bill("gamma", "test", "m", -4)
	assert.Equal(t, int64(-6), r.Amount.Pico)

	e := b.Explain(&Call{
		Tenant: "acme", Provider: "test", RequestModel: "m", Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)},
		Reported: Reported{Amount: USD(5), Authoritative: true},
	})
	assert.Empty(t, e.Tenant)
	assert.Equal(t, "1000000*2/1000000", e.Arithmetic())
}

func TestTenantsAreExplained(t *testing.T) {
	b := load(t, tenantBook, tenantFile)
	e := b.Explain(&Call{
		Tenant: "acme", Provider: "test", RequestModel: "m", Region: "eu", Time: at("2026-10-01T00:00:00Z"),
		Usage: Usage{Input: n(1_000_000), Output: n(500_000), WebSearches: n(3)},
	})
	assert.Equal(t, "((1000000*2/1000000 + 500000*4/1000000)*1.1 + 3*10/1000)*0.8", e.Arithmetic())
	assert.Equal(t, "3.544", e.Result.Amount.String())
	assert.Equal(t, "0.8 (acme, test/m)", e.Tenant)
	assert.Equal(t, "1.76", e.Lines[0].Cost.String())
	e = b.Explain(&Call{Tenant: "x", Provider: "test", RequestModel: "n", Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)}})
	assert.Equal(t, "(1000000*2/1000000)*1.0333", e.Arithmetic())
	assert.Equal(t, "1.0333 (*)", e.Tenant)
}

func TestBadTenantsAreRefusedByLine(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"no factor":          {"tenants:\n  acme:\n    - {provider: test}\n", `test.yaml:3: tenants: acme: times: "": a factor from 0 to 100 with at most 4 decimals`},
		"a factor in words":  {"tenants: {acme: [{times: half}]}", `times: "half"`},
		"a negative factor":  {"tenants: {acme: [{times: -0.5}]}", `times: "-0.5"`},
		"too fine a factor":  {"tenants: {acme: [{times: 0.12345}]}", `times: "0.12345"`},
		"too high a factor":  {"tenants: {acme: [{times: 100.1}]}", `times: "100.1"`},
		"an unknown key":     {"tenants: {acme: [{times: 1, modul: x}]}", `"modul": no such key; one of times, provider, model, from, to, bills`},
		"a key twice":        {"tenants: {acme: [{times: 1, times: 2}]}", "times"},
		"a list of values":   {"tenants: {acme: [{times: 1, model: [a]}]}", "model: one value"},
		"no list":            {"tenants: {acme: {times: 1}}", "cannot unmarshal"},
		"no rule":            {"tenants: {acme: [0.9]}", "a rule is written as {times: 0.9}"},
		"no tenant":          {`tenants: {"": [{times: 1}]}`, `name the tenant, or "*" for all others`},
		"an unknown model":   {"tenants:\n  acme:\n    - {times: 1}\n    - {model: test/mm, times: 0.5}\n", `test.yaml:4: tenants: acme: model "test/mm": no such model;`},
		"a model nearby":     {"tenants: {acme: [{model: test/gratiss, times: 0.5}]}", "near it: test/gratis"},
		"a bare model":       {"tenants: {acme: [{model: m, times: 0.5}]}", `model "m": no such model`},
		"an unknown vendor":  {"tenants: {acme: [{provider: nobody, times: 0.5}]}", `provider "nobody": no such provider; one of local, other, test`},
		"both":               {"tenants: {acme: [{provider: test, model: test/m, times: 0.5}]}", "model and provider: one of them"},
		"a bad beginning":    {"tenants: {acme: [{times: 1, from: soon}]}", `from: "soon": a day as YYYY-MM-DD`},
		"a bad end":          {"tenants: {acme: [{times: 1, from: 2026-02-01, to: 2026-02-01}]}", `to: "2026-02-01": a day or time after from`},
		"bills in words":     {"tenants: {acme: [{times: 1, bills: maybe}]}", `bills: "maybe": true or false`},
		"an overlap":         {"tenants:\n  acme:\n    - {times: 1, to: 2026-03-01}\n    - {times: 2, from: 2026-02-01}\n", "test.yaml:4: tenants: acme: holds at the same time as the rule of test.yaml:3"},
		"a twin by spelling": {"tenants: {acme: [{model: test/m, times: 1}, {model: testing/alias, times: 2}]}", "holds at the same time"},
		"prices beside":      {"provider: test\ntenants: {acme: [{times: 1}]}", "test.yaml:1: tenants: put discounts and markups in a document of their own"},
		"hosts beside":       {"hosts: {a.b: }\ntenants: {acme: [{times: 1}]}", "in a document of their own"},
	} {
		_, err := tryLoad(tenantBook, tc.yaml)
		assert.ErrorContains(t, err, tc.want, name)
	}
	_, err := tryLoad(tenantBook + "---\ntenants: {acme: [{times: 0.5}]}\n")
	require.ErrorContains(t, err, "only price files of your own have discounts and markups")
	_, err = tryLoad(tenantBook, "tenants: {}\n")
	require.NoError(t, err)
}

// A tenant's factor is part of the one exact sum that is rounded once.
func TestTenantAmountsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	var rules strings.Builder
	rules.WriteString("tenants:\n")
	factors := map[string]*big.Rat{}
	for i := range 40 {
		times := r.Int64N(20_000)
		text := fmt.Sprintf("%d.%04d", times/noFactor, times%noFactor)
		fmt.Fprintf(&rules, "  t%d: [{times: %s}]\n", i, text)
		factors[fmt.Sprintf("t%d", i)] = new(big.Rat).SetFrac64(times, noFactor)
	}
	layers, err := builtIn()
	require.NoError(t, err)
	b, err := loadLayers(append(layers, layer{texts: textsOf(rules.String()), user: true}))
	require.NoError(t, err)
	plain := book(t)
	names := b.List("", "")
	for range 20_000 {
		c := randomCall(r, names, 1<<r.UintN(60))
		c.Tenant = fmt.Sprintf("t%d", r.IntN(40))
		got, without := b.Price(&c), plain.Price(&c)
		if without.Amount.Known && got.Amount.Known { // a factor may bring an amount within what can be written, or out of it
			require.Equal(t, without.Status, got.Status)
		}
		var l bill
		l.fill(b, &c, b.resolve(&c))
		sum, sides := reference(&l)
		times := factors[c.Tenant]
		if l.model.free {
			times = big.NewRat(1, 1)
		}
		want := roundHalfEven(sum.Mul(sum, times))
		if !got.Amount.Known {
			require.Equal(t, []string{"overflow"}, got.Unpriced)
			continue
		}
		require.Equal(t, want.Int64(), got.Amount.Pico, "%+v", c)
		parts := [sideCount]Amount{got.Components.Input, got.Components.CacheRead, got.Components.CacheWrite, got.Components.Output, got.Components.Fees}
		for s, part := range parts {
			if part.Known {
				require.Equal(t, roundHalfEven(sides[s].Mul(sides[s], times)).Int64(), part.Pico)
			}
		}
	}
}

// Clients ask for gpt-4o and are answered by gpt-4o-2024-08-06.
func TestTenantRulesOfMovingNames(t *testing.T) {
	const ours = head + `
models:
  m: {alias: [{model: m-1}, {model: m-2, from: 2026-02-01}]}
  latest: {alias: [{model: m-2}]}
  m-1: {prices: [{mtok: {input: 2, output: 4}}]}
  m-2: {prices: [{mtok: {input: 2, output: 4}}]}
`
	b := load(t, ours, "tenants:\n  a: [{model: test/m, times: 0.5}]\n  b: [{model: test/m, times: 0.5}, {model: test/m-2, times: 0.25}]\n")
	for call, want := range map[Call]string{
		{Tenant: "a", RequestModel: "m"}:                       "1",
		{Tenant: "a", RequestModel: "m", ResponseModel: "m-1"}: "1",
		{Tenant: "a", RequestModel: "m", ResponseModel: "m-2"}: "1",
		{Tenant: "a", RequestModel: "latest"}:                  "2",
		{Tenant: "b", RequestModel: "m", ResponseModel: "m-2"}: "0.5",
		{Tenant: "b", RequestModel: "m", ResponseModel: "m-1"}: "1",
		{Tenant: "c", RequestModel: "m", ResponseModel: "m-1"}: "2",
	} {
		call.Provider, call.Time, call.Usage = "test", july, Usage{Input: n(1_000_000), Output: n(0)}
		r := b.Price(&call)
		assert.Equal(t, want, r.Amount.String(), "%s %s %s", call.Tenant, call.RequestModel, call.ResponseModel)
	}
	for range 10 {
		_, err := tryLoad(ours, "tenants:\n  a:\n    - {model: test/m, times: 0.5}\n    - {model: test/latest, times: 0.7}\n")
		require.EqualError(t, err, "test.yaml:4: tenants: a: test/m-2 has the rule of test.yaml:3, too: give it one of its own")
	}
}
