package imports

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Bounds of a price per million tokens that no model is outside of: a table that says otherwise has the wrong unit.
var (
	minMTok = big.NewRat(1, 1000) // 1e-9 USD per token
	maxMTok = big.NewRat(1000, 1) // 1e-3 USD per token

	maxEmbedding = big.NewRat(5, 1)
)

func times(v *big.Rat, num, den int64) *big.Rat { return new(big.Rat).Mul(v, big.NewRat(num, den)) }

// lint says why an offer cannot be right; empty when it can. Parts of it that cannot be right are taken out, or set to what the
// vendor's rule makes them.
func (o *offer) lint(provider, name string, free []string) string {
	if o.free || o.nothing() {
		if !slices.Contains(free, provider+"/"+name) && !strings.HasSuffix(name, ":free") {
			return "costs nothing, and is not on the list of what is free"
		}
		*o = offer{free: true, page: o.page}
		return ""
	}
	for _, r := range append([]rates{o.rates}, bandRates(o.bands)...) {
		for _, k := range tokenKeys {
			v := r[k]
			if k == "input" && v != nil && v.Sign() == 0 {
				return "input costs nothing"
			}
			if v != nil && v.Sign() != 0 && (v.Cmp(minMTok) < 0 || v.Cmp(maxMTok) > 0) {
				return fmt.Sprintf("%s costs %s per million tokens", k, decimal(v))
			}
		}
	}
	in, out := o.rates["input"], o.rates["output"]
	if out != nil && out.Sign() == 0 {
		delete(o.rates, "output")
		out = nil
	}
	if in != nil && out != nil && (out.Cmp(times(in, 1, 2)) < 0 || out.Cmp(times(in, 40, 1)) > 0) {
		return fmt.Sprintf("output costs %s, input %s", decimal(out), decimal(in))
	}
	if in != nil && out == nil && len(o.rates) == 1 && len(o.fees) == 0 && in.Cmp(maxEmbedding) > 0 {
		return fmt.Sprintf("only input has a price, as of an embedding, and that is %s", decimal(in))
	}
	for _, b := range o.bands {
		for _, k := range tokenKeys {
			v := b.rates[k]
			if s := o.rates[k]; s != nil && v != nil && (v.Cmp(s) < 0 || v.Cmp(times(s, 15, 1)) > 0) {
				return fmt.Sprintf("%s costs %s, in a prompt over %d tokens %s", k, decimal(s), b.over, decimal(v))
			}
		}
	}
	for _, r := range append([]rates{o.rates}, bandRates(o.bands)...) {
		lintRates(name, r, o.rates)
	}
	if h := o.fees["hour"]; h != nil && h.Cmp(big.NewRat(50, 1)) > 0 {
		return fmt.Sprintf("an hour costs %s", decimal(h))
	}
	o.bands = slices.DeleteFunc(o.bands, func(b band) bool { return b.rates["input"] == nil && b.rates["output"] == nil })
	o.modes = slices.DeleteFunc(o.modes, func(m mode) bool { return !o.plausible(provider, &m) })
	return ""
}

func (o *offer) nothing() bool {
	for _, r := range []rates{o.rates, o.fees} {
		for _, v := range r {
			if v.Sign() != 0 {
				return false
			}
		}
	}
	return true
}

// lintRates takes out what is not a price of its own, and sets the cache writes of Claude to the vendor's rule, which tables have
// miscopied more than once: 1.25 times input for five minutes, twice for an hour.
func lintRates(name string, r, standard rates) {
	in := r["input"]
	if in == nil {
		in = standard["input"]
	}
	if read := r["cache_read"]; read != nil && (in == nil || read.Sign() == 0 || read.Cmp(in) >= 0) {
		delete(r, "cache_read")
	}
	for _, k := range []string{"cache_write", "cache_write_1h", "audio_cache_read", "image_input", "video_input", "reasoning", "citation"} {
		if v := r[k]; v != nil && v.Sign() == 0 {
			delete(r, k)
		}
	}
	for _, k := range []string{"image_input", "video_input"} {
		if v := r[k]; v != nil && in != nil && v.Cmp(in) == 0 {
			delete(r, k)
		}
	}
	if in != nil && strings.Contains(name, "claude-") {
		if r["cache_write"] != nil {
			r["cache_write"] = times(in, 5, 4)
		}
		if r["cache_write_1h"] != nil || r["cache_write"] != nil && standard["cache_write_1h"] != nil {
			r["cache_write_1h"] = times(in, 2, 1)
		}
	}
}

// plausible says whether a mode is what modes of its kind are of the standard price.
func (o *offer) plausible(provider string, m *mode) bool {
	for k, v := range m.rates {
		if v.Sign() == 0 {
			delete(m.rates, k)
		}
	}
	lintRates("", m.rates, o.rates)
	if len(m.rates)+len(m.fees) == 0 {
		return false
	}
	for _, k := range []string{"input", "output"} {
		is, was := m.rates[k], o.rates[k]
		if is == nil {
			continue
		}
		if was == nil || was.Sign() == 0 {
			return false
		}
		ratio := new(big.Rat).Quo(is, was)
		within := func(low, high string) bool {
			l, _ := new(big.Rat).SetString(low)
			h, _ := new(big.Rat).SetString(high)
			return ratio.Cmp(l) >= 0 && ratio.Cmp(h) <= 0
		}
		switch {
		case m.when == "batch: true" && provider == "xai":
			if !within("0.792", "0.808") {
				return false
			}
		case m.when == "batch: true", m.when == "tier: [flex]":
			if !within("0.495", "0.505") {
				return false
			}
		case m.when == "tier: [priority]":
			if !within("1.2", "3") {
				return false
			}
		default:
			if !within("0.1", "20") {
				return false
			}
		}
	}
	return true
}

// outliers drops prices far from what everybody else takes for the model of that name: the mark of a slipped unit.
func (t table) outliers(pkg string, rep *Report) {
	byName := map[string][]*big.Rat{}
	each := func(do func(provider, name string, in *big.Rat)) {
		for _, provider := range sortedKeys(t) {
			for _, name := range sortedKeys(t[provider]) {
				s := t[provider][name]
				if in := s[len(s)-1].offer.rates["input"]; in != nil {
					do(provider, name, in)
				}
			}
		}
	}
	each(func(_, name string, in *big.Rat) { byName[lastPart(name)] = append(byName[lastPart(name)], in) })
	for _, all := range byName {
		slices.SortFunc(all, (*big.Rat).Cmp)
	}
	each(func(provider, name string, in *big.Rat) {
		all := byName[lastPart(name)]
		if len(all) < 3 {
			return
		}
		median := all[len(all)/2]
		if in.Cmp(times(median, 20, 1)) > 0 || in.Cmp(times(median, 1, 20)) < 0 {
			rep.drop(pkg, provider, name, fmt.Sprintf("input costs %s, half of the others take less than %s", decimal(in), decimal(median)))
			delete(t[provider], name)
		}
	})
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
