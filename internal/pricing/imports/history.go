package imports

import (
	"fmt"
	"slices"
)

// A period is an offer and the days it holds.
type period struct {
	from, to   string // YYYY-MM-DD, to exclusive; empty when open
	offer      *offer
	confidence string
	read       string   // day of the last table that had it
	disputed   bool     // the tables disagreed to its end, and neither came round to the other
	about      []string // keys of the prices they disagreed about; all when empty
}

// How many tables say so, as in the source notes of price files.
const (
	oneTable  = "one_table"
	twoTables = "two_tables"
)

// A snapshot is what the tables of the packages said on one day.
type snapshot struct {
	date   string
	tables map[string]table // by package; one that was not pinned that day is missing
}

// A word is one package's present offer for a model, and since when it has been saying that.
type word struct {
	sightings []sighting
	now       *offer
	from      string
	changed   string
}

func (w *word) hear(s []sighting, date string) {
	w.sightings = s
	was := w.now
	w.now, w.from = nil, ""
	for _, one := range s {
		if one.from <= date {
			w.now, w.from = one.offer, one.from
		}
	}
	if was != nil && w.now != nil && was.rates.String() != w.now.rates.String() {
		w.changed = date
	}
}

// A ledger turns the snapshots of one model into its periods.
type ledger struct {
	words   map[string]*word
	periods []period
	before  string      // day of the snapshot before
	later   [][2]*offer // what the packages say in the snapshots after this one
	quarrel string      // what the tables disagree about at present
	settled bool        // one of them came round to the other later
	about   []string    // keys of the prices that it is about
}

func newLedger() *ledger {
	return &ledger{words: map[string]*word{packageLiteLLM: {}, packageGenAI: {}}}
}

// offers takes in one day's tables, and is what they say, litellm first.
func (l *ledger) offers(s *snapshot, provider, name string) [2]*offer {
	for pkg, t := range s.tables {
		l.words[pkg].hear(t[provider][name], s.date)
	}
	return [2]*offer{l.words[packageLiteLLM].now, l.words[packageGenAI].now}
}

// see writes down what one day's tables say.
func (l *ledger) see(s *snapshot, provider, name string) {
	l.offers(s, provider, name)
	chosen, announced, confidence := l.judge()
	defer func() {
		l.before = s.date
		if n := len(l.periods); n > 0 && chosen != nil {
			l.periods[n-1].disputed, l.periods[n-1].about = l.quarrel != "" && !l.settled, l.about
		}
	}()
	if chosen == nil {
		l.gone(s.date)
		return
	}
	if len(l.periods) == 0 {
		l.begin(chosen, announced, confidence, s.date)
		return
	}
	last := &l.periods[len(l.periods)-1]
	if last.offer.sameAs(chosen) {
		// What a table has learned since belongs to the price that was already there, and one that comes back was never gone.
		last.offer, last.confidence, last.read, last.to = chosen.completeBands(last.offer), confidence, s.date, ""
		return
	}
	from := s.date
	if announced > l.before && announced <= s.date {
		from = announced
	}
	if last.to == "" {
		last.to = from
	}
	l.periods = append(l.periods, period{from: from, offer: chosen, confidence: confidence, read: s.date})
}

// judge settles what the tables say together. Where they disagree, the one that the other came round to was right; failing that the one
// that changed its mind last is the one that looked last; else the one that names the page of this very model; else the one with
// dates.
func (l *ledger) judge() (chosen *offer, announced, confidence string) {
	a, g := l.words[packageLiteLLM], l.words[packageGenAI]
	l.quarrel, l.settled, l.about = "", false, nil
	switch {
	case a.now == nil && g.now == nil:
		return nil, "", ""
	case g.now == nil:
		return a.now, "", oneTable
	case a.now == nil:
		return g.now, g.from, oneTable
	case a.now.agrees(g.now):
		return a.now.complete(g.now), g.from, twoTables
	}
	l.quarrel = fmt.Sprintf("%s says %s, %s says %s", packageLiteLLM, a.now.text, packageGenAI, g.now.text)
	l.about = a.now.differs(g.now)
	first := a.changed > g.changed || a.changed == g.changed && a.now.page != ""
	for _, offers := range l.later {
		if x, y := offers[0], offers[1]; x != nil && y != nil && x.agrees(y) {
			if was, is := a.now.agrees(x), g.now.agrees(x); was != is {
				first, l.settled = was, true
			}
			break
		}
	}
	if first {
		return a.now, "", oneTable
	}
	return g.now, g.from, oneTable
}

// differs are the keys of the prices that two offers both have, and not the same.
func (o *offer) differs(other *offer) []string {
	var keys []string
	for _, k := range tokenKeys {
		if x, y := o.rates[k], other.rates[k]; x != nil && y != nil && x.Cmp(y) != 0 {
			keys = append(keys, k)
		}
	}
	for _, k := range feeKeys {
		if x, y := o.fees[k], other.fees[k]; x != nil && y != nil && x.Cmp(y) != 0 {
			keys = append(keys, k)
		}
	}
	return keys
}

// begin opens the history, with the earlier prices that the chosen table itself dates.
func (l *ledger) begin(chosen *offer, announced, confidence, date string) {
	if announced != "" {
		for _, s := range l.words[packageGenAI].sightings {
			if s.from < announced {
				l.periods = append(l.periods, period{from: s.from, offer: s.offer, confidence: oneTable, read: date})
			}
		}
		for i := 1; i < len(l.periods); i++ {
			l.periods[i-1].to = l.periods[i].from
		}
		if n := len(l.periods); n > 0 {
			l.periods[n-1].to = announced
		}
	}
	l.periods = append(l.periods, period{from: announced, offer: chosen, confidence: confidence, read: date})
}

// gone ends the last price of a model that no table has any more.
func (l *ledger) gone(date string) {
	if n := len(l.periods); n > 0 && l.periods[n-1].to == "" {
		l.periods[n-1].to = date
	}
}

// announce adds prices that a table already dates into the future.
func (l *ledger) announce(last string) {
	if n := len(l.periods); n == 0 || l.periods[n-1].to != "" {
		return
	}
	for _, s := range l.words[packageGenAI].sightings {
		n := len(l.periods)
		if s.from > last && !l.periods[n-1].offer.sameAs(s.offer) {
			l.periods[n-1].to = s.from
			l.periods = append(l.periods, period{from: s.from, offer: s.offer, confidence: oneTable, read: last})
		}
	}
}

// sameAs reports whether a later offer is the same price, perhaps with more known of it.
func (o *offer) sameAs(later *offer) bool {
	if !o.agrees(later) {
		return false
	}
	if len(o.bands) == 0 {
		return true
	}
	return bandsText(o.bands) == bandsText(later.bands)
}

// completeBands is the later word on the same price, with what only the earlier one had.
func (o *offer) completeBands(earlier *offer) *offer {
	if o.free {
		return o
	}
	return o.complete(earlier)
}

// histories are the periods of every model, from the oldest snapshot to the newest.
func histories(snapshots []*snapshot, rep *Report) map[string]map[string][]period {
	names := map[string]map[string]bool{}
	for _, s := range snapshots {
		for _, t := range s.tables {
			for provider, models := range t {
				if names[provider] == nil {
					names[provider] = map[string]bool{}
				}
				for name := range models {
					names[provider][name] = true
				}
			}
		}
	}
	last := snapshots[len(snapshots)-1].date
	out := map[string]map[string][]period{}
	for _, provider := range sortedKeys(names) {
		out[provider] = map[string][]period{}
		for _, name := range sortedKeys(names[provider]) {
			l, ahead := newLedger(), newLedger()
			for _, s := range snapshots {
				l.later = append(l.later, ahead.offers(s, provider, name))
			}
			for _, s := range snapshots {
				l.later = l.later[1:]
				l.see(s, provider, name)
			}
			l.announce(last)
			if l.quarrel != "" {
				rep.Disagreements = append(rep.Disagreements, provider+"/"+name+": "+l.quarrel)
			}
			out[provider][name] = slices.Clip(l.periods)
		}
	}
	return out
}
