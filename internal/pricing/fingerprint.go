package pricing

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fingerprintBytes of a hash tell the versions of one record apart: there are never more than a few.
const fingerprintBytes = 4

// identify gives the records of a model their ids, as provider/model@from#fingerprint. The fingerprint is that of everything that
// decides a figure, so that a corrected price has another id, and of nothing else: neither where it was read, nor what it is called.
func (m *model) identify() {
	for i := range m.periods {
		p := &m.periods[i]
		sum := sha256.Sum256(m.canonical(p))
		p.id = p.record + "#" + hex.EncodeToString(sum[:fingerprintBytes])
	}
}

// canonical is what decides the figures of a record, always in the same words.
func (m *model) canonical(p *period) []byte {
	w := canonicalText{buf: make([]byte, 0, 1024)}
	w.number("min", m.minMillis)
	for rest := m.once; rest != 0; {
		w.field("once " + units[rest.pop()].key)
	}
	if r := m.region; r != nil {
		w.set("only", r.only)
		w.set("except", r.except)
		w.number("times", int64(r.factor)) //nolint:gosec // factors are small
		for _, p := range r.places {
			w.set("places", p.only)
			w.number("times", int64(p.factor)) //nolint:gosec // factors are small
		}
	}
	for i := range p.cards {
		k := &p.cards[i]
		w.field("card")
		w.conditions(&k.when)
		w.rates(&k.base)
		for j := range k.bands {
			bd := &k.bands[j]
			w.number("band", bd.min)
			w.flag("uncached", bd.uncached)
			w.rates(&bd.rates)
		}
	}
	return w.buf
}

// canonicalText writes the same facts in the same way everywhere: by name and not by number, so that a new unit or tier of the program
// changes no id, and sets in order.
type canonicalText struct{ buf []byte }

func (w *canonicalText) field(name string) {
	w.buf = append(append(w.buf, ';'), name...)
}

func (w *canonicalText) flag(name string, is bool) {
	if is {
		w.field(name)
	}
}

func (w *canonicalText) number(name string, n int64) {
	if n != 0 {
		w.field(name)
		w.buf = strconv.AppendInt(append(w.buf, '='), n, 10)
	}
}

// set writes the members of a set, in quotes so that none can pass for two.
func (w *canonicalText) set(name string, members []string) {
	if len(members) == 0 {
		return
	}
	w.field(name)
	sorted := make([]string, len(members))
	for i, s := range members {
		sorted[i] = strings.ToLower(s)
	}
	slices.Sort(sorted)
	for _, s := range slices.Compact(sorted) {
		w.buf = strconv.AppendQuote(append(w.buf, ' '), s)
	}
}

func (w *canonicalText) rates(r *rates) {
	w.field("rates")
	for rest := r.has; rest != 0; {
		u := rest.pop()
		w.field(units[u].key)
		w.buf = strconv.AppendInt(append(w.buf, '='), r.pico[u], 10)
	}
}

func (w *canonicalText) conditions(c *conditions) {
	for _, t := range tierNames {
		w.flag(t.name, c.tiers&t.tier != 0)
	}
	w.flag("batch", c.batch)
	w.flag("thinking", c.thinking)
	w.set("speed", c.speeds)
	w.set("search_context", c.searchContext)
	w.set("image_size", c.imageSizes)
	w.set("image_quality", c.imageQuality)
	if c.window == nil {
		return
	}
	w.number("days", int64(c.window.days))
	hours := slices.SortedFunc(slices.Values(c.window.hours), func(x, y minuteSpan) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to))
	})
	for _, h := range hours {
		w.field("hours")
		w.buf = strconv.AppendInt(append(w.buf, '='), int64(h.from), 10)
		w.buf = strconv.AppendInt(append(w.buf, '-'), int64(h.to), 10)
	}
	for _, day := range slices.Sorted(maps.Keys(c.window.off)) {
		w.number("off", day)
	}
}

// tierNames are the tiers that a price can be for, by the name that stands for them in fingerprints.
var tierNames = []struct {
	name string
	tier tierSet
}{{"flex", tierFlex}, {"priority", tierPriority}, {"ultrafast", tierUltrafast}, {"committed", tierCommitted}}
