package pricing

import (
	"math/big"
	"testing"
)

// FuzzParseAmount compares every amount with arithmetic that cannot round: half to even, once, at the twelfth decimal.
func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0.0000000000005000000000000000000001", "1e-12", "99999.9999999999995", "999999.9999999999995", "-0", "00012.500", ".5", "5.", "1e400", "0x1p3", "1_0", "+-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q: %s is no number", s, a)
		}
		want.Mul(want, new(big.Rat).SetInt64(picoPerUSD))
		if max(a.Pico, -a.Pico) >= 100_000*picoPerUSD {
			return // cut off
		}
		off := new(big.Rat).Sub(want, new(big.Rat).SetInt64(a.Pico))
		half := off.Abs(off).Cmp(big.NewRat(1, 2))
		if half > 0 || half == 0 && a.Pico%2 != 0 {
			t.Errorf("%q: %d pico, off by %s", s, a.Pico, off.FloatString(20))
		}
		if again, err := ParseAmount(a.String()); err != nil || again != a {
			t.Errorf("%q: %s is read as %v, %v", s, a, again, err)
		}
	})
}

// FuzzPriceFile compiles whatever a user may write over a small book. What compiles charges no less than nothing.
func FuzzPriceFile(f *testing.F) {
	for _, s := range []string{
		"provider: test\nmodels:\n  m: {like: test/m, times: 0.9}\n  n: {alias: [{model: m}, {model: n2, from: 2026-01-01}]}\n  n2: {prices: [{mtok: {input: 1, output: output}}]}\n",
		"tenants:\n  acme: [{times: 0.8, model: test/m, from: 2026-01-01, to: 2027-01-01, bills: true}]\n  \"*\": [{times: 100}]\n",
		"provider: test\nspellings: [x]\nhosts: {\"{region}.a.b\": , \"*.c\": eu}\nprefixes: [p/]\nsuffixes: {\":f\": free, \":r\": route}\nregions: {r: {only: [eu], times: 1.1}}\nregion: r\n",
		"provider: test\nrules: {b: {batch: true, times: 0.5, except: [input]}}\nevery: [b]\nmodels:\n  m: {prices: [{from: 2026-01-01, mtok: {input: 3, output: 4}, fees: {hour: 1}, bands: [{prompt_over: 10, times: {input: 2, output: 1.5}}], modes: [{hours: [\"01:00-02:00\"], times: 2}], rules: [b]}]}\n",
		"a: &a [*a]\n", "provider: local\nlocal: true\n", "{}\n---\n[]", "\xff\xfe", "provider: test\nmodels: {m: {min_seconds: 7, free: true, open_weights: true}}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := tryLoad(head+"models: {m: {names: [alias], prices: [{mtok: {input: 2, cache_read: 0.2, output: 4}, fees: {image: 0.04}}]}}\n", text)
		if err != nil {
			return
		}
		for _, p := range b.providers {
			for name := range p.models {
				c := Call{
					Tenant: "acme", Provider: p.name, RequestModel: name, Time: july, Batch: true,
					Usage: Usage{Input: n(1000), Output: n(10), CacheRead: n(100), Images: n(1), Milliseconds: n(5)},
				}
				r := b.Price(&c)
				if r.Amount.Known && (r.Amount.Pico < 0 || r.Currency == "") || r.Status == StatusExact && !r.Amount.Known {
					t.Fatalf("%s/%s: %+v", p.name, name, r)
				}
				b.Explain(&c)
			}
		}
	})
}
