package pricing

import (
	"strings"
	"time"
)

// tierSet is a set of service tiers.
type tierSet uint8

const (
	tierFlex tierSet = 1 << iota
	tierPriority
	tierUltrafast
	tierBatch
	tierCommitted // capacity that was bought in advance, whatever it is called
	tierOther     // a tier that no price list here knows
)

// tierSpellings are the names providers give to the tier that served a call. Tiers that are the standard price map to nothing.
var tierSpellings = []struct {
	name string
	tier tierSet
}{
	{"default", 0}, {"standard", 0}, {"auto", 0}, {"on_demand", 0}, {"on-demand", 0}, {"standard_only", 0}, {"unspecified", 0},
	{"priority", tierPriority}, {"fast", tierPriority}, {"on_demand_priority", tierPriority},
	{"flex", tierFlex}, {"on_demand_flex", tierFlex},
	{"ultrafast", tierUltrafast},
	{"batch", tierBatch},
	{"provisioned_throughput", tierCommitted}, {"provisioned", tierCommitted}, {"ptu", tierCommitted}, {"reserved", tierCommitted}, {"scale", tierCommitted},
}

// servedTier reads a tier. An empty one is the standard price: providers leave it out when nothing special was asked for.
func servedTier(s string) tierSet {
	if s == "" {
		return 0
	}
	for i := range tierSpellings {
		if strings.EqualFold(s, tierSpellings[i].name) {
			return tierSpellings[i].tier
		}
	}
	return tierOther
}

// facts are the parts of a call that conditions look at, read once.
type facts struct {
	call     *Call
	tier     tierSet
	asked    tierSet // by the request, when the response did not say what served it
	batch    bool
	thinking bool
}

func factsOf(c *Call) facts {
	f := facts{call: c, tier: servedTier(c.ServiceTier), batch: c.Batch}
	if f.tier == tierBatch {
		f.tier, f.batch = 0, true
	}
	if c.ServiceTier == "" && !f.batch {
		f.asked = servedTier(c.AskedTier)
	}
	f.thinking = c.Thinking || c.Usage.Reasoning.positive() > 0
	return f
}

// match reports whether all conditions hold, and what it took for granted to say so.
func (w *conditions) match(f *facts) (ok bool, doubt assumption) {
	switch {
	case w.tiers != 0 && w.tiers&f.tier == 0,
		w.batch && !f.batch,
		w.thinking && !f.thinking,
		len(w.speeds) > 0 && !containsFold(w.speeds, f.call.Speed),
		len(w.searchContext) > 0 && !containsFold(w.searchContext, f.call.SearchContext),
		len(w.imageSizes) > 0 && !containsFold(w.imageSizes, f.call.ImageSize),
		len(w.imageQuality) > 0 && !containsFold(w.imageQuality, f.call.ImageQuality):
		return false, 0
	case w.window != nil:
		return w.window.contains(f.call.Time)
	}
	return true, 0
}

// missed is what the call asked for that the chosen card does not price.
func (m *model) missed(w *conditions, f *facts) assumption {
	var a assumption
	if f.batch && !w.batch {
		a |= assumeBatch
	}
	// A batch has one price, whatever tier the span repeats.
	if f.tier != 0 && w.tiers&f.tier == 0 && !w.batch {
		if f.tier&(tierCommitted|m.committed) != 0 {
			a |= assumeCommittedCapacity
		} else {
			a |= assumeServiceTier
		}
	}
	if s := f.call.Speed; s != "" && len(w.speeds) == 0 && !strings.EqualFold(s, "standard") && !strings.EqualFold(s, "normal") {
		a |= assumeSpeed
	}
	return a
}

const secondsOfDay = 24 * 60 * 60

// window is a set of hours, in UTC.
type window struct {
	hours []minuteSpan
	days  uint8              // bit per weekday, Sunday first
	off   map[int64]struct{} // days on which the hours do not count
	until int64              // first day for which nobody has said yet which those are; 0 when none are ever
}

type minuteSpan struct{ from, to int } // minutes of the day, to exclusive

// contains reports whether a time falls into the hours, and what it took for granted to say so.
func (w *window) contains(t time.Time) (in bool, doubt assumption) {
	if t.IsZero() {
		return false, 0
	}
	s := t.Unix()
	n := s / secondsOfDay
	if s%secondsOfDay < 0 {
		n--
	}
	weekday := (n%7 + 7 + int64(time.Thursday)) % 7 // the epoch was a Thursday
	if w.days&(1<<weekday) == 0 {
		return false, 0
	}
	minute := int((s - n*secondsOfDay) / 60)
	for _, h := range w.hours {
		if minute < h.from || minute >= h.to {
			continue
		}
		if _, off := w.off[n]; off {
			return false, assumeHoliday
		}
		if w.until != 0 && n >= w.until {
			return true, assumeHoliday
		}
		return true, 0
	}
	return false, 0
}

func containsFold(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}

// prices reports whether a tier has a price of its own.
func (p *period) prices(t tierSet) bool {
	for i := range p.cards {
		if p.cards[i].when.tiers&t != 0 {
			return true
		}
	}
	return false
}
