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
	tierOther // a tier that no price list here knows: committed capacity, provisioned throughput
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
	batch    bool
	thinking bool
}

func factsOf(c *Call) facts {
	f := facts{call: c, tier: servedTier(c.ServiceTier), batch: c.Batch}
	if f.tier == tierBatch {
		f.tier, f.batch = 0, true
	}
	f.thinking = c.Thinking || c.Usage.Reasoning.positive() > 0
	return f
}

func (w *conditions) match(f *facts) bool {
	switch {
	case w.tiers != 0 && w.tiers&f.tier == 0,
		w.batch && !f.batch,
		w.thinking && !f.thinking,
		len(w.speeds) > 0 && !containsFold(w.speeds, f.call.Speed),
		len(w.searchContext) > 0 && !containsFold(w.searchContext, f.call.SearchContext),
		len(w.imageSizes) > 0 && !containsFold(w.imageSizes, f.call.ImageSize),
		len(w.imageQuality) > 0 && !containsFold(w.imageQuality, f.call.ImageQuality),
		w.window != nil && !w.window.contains(f.call.Time):
		return false
	}
	return true
}

// missed is what the call asked for that the chosen card does not price.
func (w *conditions) missed(f *facts) assumption {
	var a assumption
	if f.batch && !w.batch {
		a |= assumeBatch
	}
	// A batch has one price, whatever tier the span repeats.
	if f.tier != 0 && w.tiers&f.tier == 0 && !w.batch {
		a |= assumeServiceTier
	}
	if s := f.call.Speed; s != "" && len(w.speeds) == 0 && !strings.EqualFold(s, "standard") && !strings.EqualFold(s, "normal") {
		a |= assumeSpeed
	}
	return a
}

// window is a set of hours, in UTC.
type window struct {
	hours []minuteSpan
	days  uint8 // bit per weekday, Sunday first
	off   map[int64]struct{}
}

type minuteSpan struct{ from, to int } // minutes of the day, to exclusive

func (w *window) contains(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	const day = 24 * 60 * 60
	s := t.Unix()
	n := s / day
	if s%day < 0 {
		n--
	}
	weekday := (n%7 + 7 + int64(time.Thursday)) % 7 // the epoch was a Thursday
	if w.days&(1<<weekday) == 0 {
		return false
	}
	if _, ok := w.off[n]; ok {
		return false
	}
	minute := int((s - n*day) / 60)
	for _, h := range w.hours {
		if minute >= h.from && minute < h.to {
			return true
		}
	}
	return false
}

func containsFold(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}
