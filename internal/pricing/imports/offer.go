package imports

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// rates are prices in USD by the keys of price files.
type rates map[string]*big.Rat

// A band replaces rates once the prompt is longer than over tokens.
type band struct {
	over  int64
	rates rates
}

// A mode is what a call costs under a condition, written as in a price file.
type mode struct {
	when  string // "batch: true", "tier: [flex]"
	rates rates
	fees  rates
	bands []band
}

// An offer is what one table says that one model costs.
type offer struct {
	rates rates // tokens
	fees  rates // everything else
	bands []band
	modes []mode
	free  bool

	page string // vendor's page, when the table names one for this model
	text string // the whole offer as in a price file: two offers are the same when their texts are
}

// A sighting is an offer, and the day from which the table itself says that it holds.
type sighting struct {
	offer *offer
	from  string // YYYY-MM-DD; empty when the table does not say
}

// A table is one package's word on one day: by provider and name, oldest sighting first.
type table map[string]map[string][]sighting

func (t table) add(provider, name string, s []sighting) {
	if t[provider] == nil {
		t[provider] = map[string][]sighting{}
	}
	t[provider][strings.ToLower(name)] = s
}

// tokenKeys and feeKeys are in the order they are written in.
var (
	tokenKeys = []string{
		"input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning", "citation", "audio_input", "audio_cache_read",
		"audio_output", "image_input", "image_output", "video_input",
	}
	feeKeys = []string{
		"thousand_web_searches", "thousand_requests", "thousand_search_units", "image", "thousand_pages", "million_characters", "hour",
	}
)

// decimals is how many a price may have: one pico-dollar.
const decimals = 12

func (r rates) String() string {
	var parts []string
	for _, k := range slices.Concat(tokenKeys, feeKeys) {
		if v := r[k]; v != nil {
			parts = append(parts, k+": "+decimal(v))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func decimal(v *big.Rat) string {
	s := v.FloatString(decimals)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func bandsText(bands []band) string {
	parts := make([]string, len(bands))
	for i, b := range bands {
		parts[i] = fmt.Sprintf("{prompt_over: %d, mtok: %s}", b.over, b.rates)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// seal writes the offer out, once nothing about it changes any more.
func (o *offer) seal() {
	var parts []string
	add := func(key string, value any) { parts = append(parts, fmt.Sprintf("%s: %s", key, value)) }
	if len(o.rates) > 0 {
		add("mtok", o.rates)
	}
	if len(o.fees) > 0 {
		add("fees", o.fees)
	}
	if len(o.bands) > 0 {
		add("bands", bandsText(o.bands))
	}
	modes := make([]string, len(o.modes))
	for i := range o.modes {
		modes[i] = o.mode(&o.modes[i])
	}
	if len(modes) > 0 {
		add("modes", "["+strings.Join(modes, ", ")+"]")
	}
	o.text = strings.Join(parts, ", ")
	if o.free {
		o.text = "free"
	}
}

// mode writes a mode as a factor where it is one, because that is how vendors put it and how bands follow it.
func (o *offer) mode(m *mode) string {
	text := "{" + m.when
	if f := o.factor(m); f != nil {
		text += ", times: " + decimal(f)
		var except []string
		for _, k := range tokenKeys {
			if o.rates[k] != nil && m.rates[k] == nil {
				except = append(except, k)
			}
		}
		if len(except) > 0 {
			text += ", except: [" + strings.Join(except, ", ") + "]"
		}
	} else {
		if len(m.rates) > 0 {
			text += ", mtok: " + m.rates.String()
		}
		if len(m.bands) > 0 || len(o.bands) > 0 && len(m.rates) > 0 {
			text += ", bands: " + bandsText(m.bands)
		}
	}
	if len(m.fees) > 0 {
		text += ", fees: " + m.fees.String()
	}
	return text + "}"
}

// factor is what every rate of the mode, bands included, is of the standard one; nil when there is no such number.
func (o *offer) factor(m *mode) *big.Rat {
	var f *big.Rat
	same := func(standard, own rates) bool {
		for k, v := range own {
			s := standard[k]
			if s == nil || s.Sign() == 0 {
				return false
			}
			q := new(big.Rat).Quo(v, s)
			if f == nil {
				f = q
			}
			if f.Cmp(q) != 0 {
				return false
			}
		}
		return true
	}
	if m.rates["input"] == nil || !same(o.rates, m.rates) {
		return nil
	}
	for _, b := range m.bands {
		i := slices.IndexFunc(o.bands, func(s band) bool { return s.over == b.over })
		if i < 0 || !same(o.bands[i].rates, b.rates) {
			return nil
		}
	}
	// A factor with a long tail is a coincidence of rounding.
	if f == nil || f.Sign() <= 0 || len(decimal(f)) > len("0.125") || !times(f, 1000, 1).IsInt() {
		return nil
	}
	return f
}

// agrees reports whether two tables say the same of what both of them price.
func (o *offer) agrees(with *offer) bool {
	if o.free != with.free {
		return false
	}
	common := 0
	for _, pair := range [][2]rates{{o.rates, with.rates}, {o.fees, with.fees}} {
		for k, v := range pair[0] {
			if w := pair[1][k]; w != nil {
				if !near(v, w) {
					return false
				}
				common++
			}
		}
	}
	return common > 0 || o.free
}

// near reports whether two prices are one, perhaps rounded: within a thousandth.
func near(a, b *big.Rat) bool {
	d := new(big.Rat).Sub(a, b)
	return d.Abs(d).Cmp(times(a, 1, 1000)) <= 0
}

// complete is the offer with what only the other table knows: the two say the same of everything else, but for digits that one of them
// rounded, where the shorter number is the vendor's.
func (o *offer) complete(with *offer) *offer {
	out := &offer{
		rates: maps.Clone(o.rates), fees: maps.Clone(o.fees), bands: o.bands, modes: slices.Clone(o.modes), free: o.free, page: o.page,
	}
	if out.page == "" {
		out.page = with.page
	}
	for k, v := range with.rates {
		if have := out.rates[k]; have == nil || len(decimal(v)) < len(decimal(have)) {
			out.rates[k] = v
		}
	}
	for k, v := range with.fees {
		if have := out.fees[k]; have == nil || len(decimal(v)) < len(decimal(have)) {
			out.fees[k] = v
		}
	}
	if len(out.bands) == 0 {
		out.bands = with.bands
	}
	for _, m := range with.modes {
		if !slices.ContainsFunc(out.modes, func(have mode) bool { return have.when == m.when }) {
			out.modes = append(out.modes, m)
		}
	}
	out.seal()
	return out
}
