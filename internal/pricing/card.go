package pricing

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A factor is an exact multiplier: mantissa x 10^-scale.
type factor struct {
	mantissa int64
	scale    int
}

func parseFactor(s string) (factor, error) {
	m, scale, err := parseDecimal(s)
	if err != nil || m <= 0 {
		return factor{}, fmt.Errorf("%q: a factor above zero, such as 0.5", s)
	}
	for scale > 0 && m%10 == 0 {
		m, scale = m/10, scale-1
	}
	for scale < 0 && m < 1e6 {
		m, scale = m*10, scale+1
	}
	if scale < 0 || scale > 12 || m > 1e12 {
		return factor{}, fmt.Errorf("%q: a factor above zero, such as 0.5", s)
	}
	return factor{m, scale}, nil
}

var errInexact = errors.New("the product has more than twelve decimals")

// of multiplies a price, which has to come out even: prices are never rounded.
func (f factor) of(pico int64) (int64, error) {
	hi, lo := bits.Mul64(uint64(pico), uint64(f.mantissa)) //nolint:gosec // both are positive
	div := uint64(1)
	for range f.scale {
		div *= 10
	}
	if hi >= div {
		return 0, errInexact
	}
	q, r := bits.Div64(hi, lo, div)
	if r != 0 || q > 1<<62 {
		return 0, errInexact
	}
	return int64(q), nil
}

// A table is a rate table as written: prices, and units that cost what another unit costs ("cache_write: input").
type table struct {
	rates
	same map[unit]unit
}

func (t table) clone() table {
	same := make(map[unit]unit, len(t.same))
	for k, v := range t.same {
		same[k] = v
	}
	return table{t.rates, same}
}

// maxPrice is a million USD, in pico-USD: nothing costs more by the million, and a slip of the keyboard does.
const maxPrice = 1_000_000 * picoPerUSD

// set overlays prices as written in a file. tokens says which of the two kinds of units they may be.
func (t *table) set(prices map[string]string, tokens bool) error {
	for key, text := range prices {
		u, ok := unitByKey[key]
		if !ok || tokenUnits.has(u) != tokens {
			return fmt.Errorf("%s: not a unit that is priced here", key)
		}
		if other, ok := unitByKey[text]; ok {
			t.same[u] = other
			t.has.add(u)
			continue
		}
		m, scale, err := parseDecimal(text)
		if err != nil {
			return fmt.Errorf("%s: %q: a price in USD, or the name of a unit that costs the same", key, text)
		}
		pico, ok := rescaleExact(m, scale, 12)
		if !ok || pico < 0 || pico > maxPrice {
			return fmt.Errorf("%s: %q: a price from 0 to a million USD with at most twelve decimals", key, text)
		}
		delete(t.same, u)
		t.has.add(u)
		t.pico[u] = pico
	}
	return nil
}

// times multiplies the prices of some units.
func (t *table) times(f factor, which unitSet) error {
	for rest := t.has & which; rest != 0; {
		u := rest.pop()
		if _, ok := t.same[u]; ok {
			continue
		}
		p, err := f.of(t.pico[u])
		if err != nil {
			return fmt.Errorf("%s: %w", units[u].key, err)
		}
		t.pico[u] = p
	}
	return nil
}

// resolve fills in the units that cost what another does.
func (t table) resolve() (rates, error) {
	r := t.rates
	for u, other := range t.same {
		if _, chained := t.same[other]; chained || !r.has.has(other) {
			return rates{}, fmt.Errorf("%s: %s has no price of its own", units[u].key, units[other].key)
		}
		r.pico[u] = r.pico[other]
	}
	return r, nil
}

// A cardBuilder works out what a period charges under one mode.
type cardBuilder struct{ period sourcePeriod }

func (b cardBuilder) mode(m sourceMode) (card, error) {
	k := card{label: modeLabel(m)}
	var err error
	if k.when, err = compileConditions(m); err != nil {
		return card{}, err
	}
	standard := table{same: map[unit]unit{}}
	if err := errors.Join(standard.set(b.period.MTok, true), standard.set(b.period.Fees, false)); err != nil {
		return card{}, err
	}
	apply := func(t *table) error { return nil }
	if m.Times != "" {
		f, err := parseFactor(m.Times)
		if err != nil {
			return card{}, fmt.Errorf("times: %w", err)
		}
		which := tokenUnits
		for _, key := range m.Except {
			u, ok := unitByKey[key]
			if !ok {
				return card{}, fmt.Errorf("except: no unit %q", key)
			}
			which &^= 1 << u
		}
		apply = func(t *table) error { return t.times(f, which) }
	}
	base := standard.clone()
	if err := errors.Join(apply(&base), base.set(m.MTok, true), base.set(m.Fees, false)); err != nil {
		return card{}, err
	}
	if k.base, err = base.resolve(); err != nil {
		return card{}, err
	}
	written, own := b.period.Bands, m.Bands != nil
	if own {
		written = *m.Bands
	}
	for _, sb := range written {
		t := base.clone()
		// A standard band with prices of its own goes through the mode's factor; one with factors multiplies the mode's prices.
		if !own && len(sb.MTok) > 0 {
			if len(m.MTok) > 0 {
				return card{}, errors.New("the standard bands have prices of their own: give this mode its own bands")
			}
			t = standard.clone()
			if err := errors.Join(t.set(sb.MTok, true), apply(&t)); err != nil {
				return card{}, err
			}
		}
		bd, err := compileBand(sb, t, own)
		if err != nil {
			return card{}, err
		}
		k.bands = append(k.bands, bd)
	}
	if k.doubts, err = compileDoubts(b.period.Assume, m.Assume); err != nil {
		return card{}, err
	}
	slices.SortFunc(k.bands, func(x, y band) int {
		if x.min > y.min {
			return -1
		}
		return 1
	})
	return k, nil
}

func compileBand(sb sourceBand, t table, own bool) (band, error) {
	bd := band{uncached: sb.Uncached}
	switch {
	case sb.PromptOver > 0 && sb.PromptFrom == 0:
		bd.min, bd.label = sb.PromptOver+1, fmt.Sprintf("prompt over %d tokens", sb.PromptOver)
	case sb.PromptFrom > 0 && sb.PromptOver == 0:
		bd.min, bd.label = sb.PromptFrom, fmt.Sprintf("prompt of %d tokens or more", sb.PromptFrom)
	default:
		return band{}, errors.New("band: one of prompt_over (exclusive) and prompt_from (inclusive)")
	}
	if (sb.Times == nil) == (len(sb.MTok) == 0) {
		return band{}, fmt.Errorf("band %d: one of times and mtok", bd.min)
	}
	if sb.Times != nil {
		in, err := parseFactor(sb.Times.Input)
		if err != nil {
			return band{}, fmt.Errorf("band %d: times: input: %w", bd.min, err)
		}
		out, err := parseFactor(sb.Times.Output)
		if err != nil {
			return band{}, fmt.Errorf("band %d: times: output: %w", bd.min, err)
		}
		if err := errors.Join(t.times(in, inputTokenUnits), t.times(out, tokenUnits&^inputTokenUnits)); err != nil {
			return band{}, fmt.Errorf("band %d: %w", bd.min, err)
		}
	} else if own {
		if err := t.set(sb.MTok, true); err != nil {
			return band{}, fmt.Errorf("band %d: %w", bd.min, err)
		}
	}
	var err error
	bd.rates, err = t.resolve()
	return bd, err
}

// scale multiplies every price of a period, fees included: a discount or a markup on the whole bill.
func (p *period) scale(f factor) error {
	all := func(r *rates) error {
		for rest := r.has; rest != 0; {
			u := rest.pop()
			pico, err := f.of(r.pico[u])
			if err != nil {
				return fmt.Errorf("%s: %w", units[u].key, err)
			}
			r.pico[u] = pico
		}
		return nil
	}
	for i := range p.cards {
		k := &p.cards[i]
		if err := all(&k.base); err != nil {
			return err
		}
		k.bands = slices.Clone(k.bands)
		for j := range k.bands {
			if err := all(&k.bands[j].rates); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameKind reports whether another mode is about the same tier or batch.
func (m sourceMode) sameKind(other sourceMode) bool {
	return m.Batch == other.Batch && slices.Equal(m.Tier, other.Tier)
}

func modeLabel(m sourceMode) string {
	if m.name != "" {
		return m.name
	}
	var parts []string
	parts = append(parts, m.Tier...)
	if m.Batch {
		parts = append(parts, "batch")
	}
	parts = append(parts, m.Speed...)
	if m.Thinking {
		parts = append(parts, "thinking")
	}
	for _, s := range m.SearchContext {
		parts = append(parts, "search context "+s)
	}
	parts = append(parts, m.ImageSize...)
	parts = append(parts, m.ImageQuality...)
	if len(m.Hours) > 0 {
		parts = append(parts, strings.Join(m.Hours, " and ")+" UTC")
	}
	return strings.Join(parts, ", ")
}

func compileConditions(m sourceMode) (conditions, error) {
	w := conditions{
		batch: m.Batch, thinking: m.Thinking, speeds: m.Speed,
		searchContext: m.SearchContext, imageSizes: m.ImageSize, imageQuality: m.ImageQuality,
	}
	for _, t := range m.Tier {
		set := servedTier(t)
		if set == 0 || set == tierOther || set == tierBatch {
			return w, fmt.Errorf("tier %q: one of flex, priority, fast, ultrafast, provisioned", t)
		}
		w.tiers |= set
	}
	if len(m.Hours) == 0 {
		if len(m.Days)+len(m.NotOn)+len(m.NotOnUntil) > 0 {
			return w, errors.New("days, not_on and not_on_until go with hours")
		}
		return w, nil
	}
	win := &window{off: map[int64]struct{}{}}
	for _, h := range m.Hours {
		from, to, ok := strings.Cut(h, "-")
		a, err1 := parseClock(from)
		b, err2 := parseClock(to)
		if !ok || err1 != nil || err2 != nil || b <= a {
			return w, fmt.Errorf("hours %q: as 01:00-04:00, in UTC, within one day", h)
		}
		win.hours = append(win.hours, minuteSpan{a, b})
	}
	for _, d := range m.Days {
		i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, d)
		if i < 0 {
			return w, fmt.Errorf("days %q: sun, mon, tue, wed, thu, fri, sat", d)
		}
		win.days |= 1 << i
	}
	if len(m.Days) == 0 {
		win.days = 1<<7 - 1
	}
	for _, d := range m.NotOn {
		t, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return w, fmt.Errorf("not_on %q: a day as YYYY-MM-DD", d)
		}
		win.off[t.Unix()/secondsOfDay] = struct{}{}
	}
	if m.NotOnUntil != "" {
		t, err := time.Parse(time.DateOnly, m.NotOnUntil)
		if err != nil {
			return w, fmt.Errorf("not_on_until %q: a day as YYYY-MM-DD", m.NotOnUntil)
		}
		win.until = t.Unix() / secondsOfDay
	}
	w.window = win
	return w, nil
}

func parseClock(s string) (minutes int, err error) {
	h, m, ok := strings.Cut(s, ":")
	hours, err1 := strconv.Atoi(h)
	mins, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hours < 0 || mins < 0 || mins > 59 || hours*60+mins > 24*60 {
		return 0, errors.New("not a time of day")
	}
	return hours*60 + mins, nil
}
