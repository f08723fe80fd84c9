package pricing

import "time"

// A provider is one price list: whoever sends the bill.
type provider struct {
	name     string
	prefixes []string // vendor prefixes a model name may carry here ("openai/")
	geos     []string // region prefixes a model name may carry here ("us.")
	local    bool     // runs on the user's own machines
	gateway  bool     // forwards to others: its name says nothing about who bills
	vendor   bool     // makes the models it sells: its list serves calls that name no provider
	families []string // beginnings of names that only this vendor uses
	suffixes []suffix // what may follow a model name here
	models   map[string]*model
}

// A model is the price history of one thing sold under one or more names.
type model struct {
	id      string // provider/model
	names   []string
	spare   []string // names that lead here only if they lead nowhere else
	periods []period // oldest first, without overlap
	// open weights can be served by anybody, so the name alone does not say who bills.
	open bool
	free bool
	// standsFor are the models that this name has meant; a call whose response names one of them has that one's price.
	standsFor []*model
	// imported prices serve only calls that say who bills.
	imported bool
	user     bool // written by the user
	// snapshots is set when a dated name of this model has a price list of its own.
	snapshots bool
	region    *regionRule
	minMillis int64
	once      unitSet // charged once a call, however many there were
	committed tierSet // tiers that are capacity bought in advance
	// feesAssume is taken for granted whenever a fee is charged.
	feesAssume assumption
	assume     assumption // whatever the call
}

// A period is a price list with a beginning and an end.
type period struct {
	from, to   int64 // Unix seconds, to exclusive
	fromText   string
	record     string // provider/model@from
	id         string // record, and the fingerprint of its figures
	source     string
	readOn     string
	confidence string
	note       string
	cards      []card // first match wins; the last one, standard, always matches
}

// A card is what a period charges under certain conditions.
type card struct {
	label string
	when  conditions
	base  rates
	bands []band // highest first
	// doubts are assumed when units that they are about are charged; they decide no figure.
	doubts []doubt
}

// A doubt is an assumption about the prices of some units, or of all.
type doubt struct {
	assume assumption
	of     unitSet // empty: all
}

// A band replaces the rates of the whole call once its prompt is long enough.
type band struct {
	min      int64 // first prompt length inside
	uncached bool  // only tokens outside the cache make up the prompt
	label    string
	rates    rates
}

// rates are prices in pico-USD for one block of each unit.
type rates struct {
	has  unitSet
	pico [unitCount]int64
}

// conditions all have to hold. The zero value always does.
type conditions struct {
	tiers         tierSet
	batch         bool
	thinking      bool
	speeds        []string
	searchContext []string
	imageSizes    []string
	imageQuality  []string
	window        *window
}

// A regionRule multiplies the token prices of calls processed in certain places.
type regionRule struct {
	name     string
	only     []string // places it applies to; empty: all but except
	except   []string
	factor   uint64 // ten-thousandths
	unstated assumption
	places   []placeFactor // places with factors of their own, before all else
}

// A placeFactor is what certain places multiply token prices by.
type placeFactor struct {
	only   []string
	factor uint64 // ten-thousandths
	assume assumption
}

const noFactor = 10_000

// at is the period a call belongs to, and what had to be assumed to say so.
func (m *model) at(when time.Time, asOf int64) (*period, assumption) {
	var assumed assumption
	t := asOf
	if when.IsZero() {
		assumed = assumeTime
	} else {
		t = when.Unix()
	}
	for i := len(m.periods) - 1; i >= 0; i-- {
		p := &m.periods[i]
		if t < p.from {
			continue
		}
		if t >= p.to {
			assumed |= assumePriceDate
		}
		return p, assumed
	}
	return &m.periods[0], assumed | assumePriceDate
}

// factorFor is the multiplier of a place, in ten-thousandths.
func (r *regionRule) factorFor(region string) (uint64, assumption) {
	if r == nil {
		return noFactor, 0
	}
	if region == "" {
		return noFactor, r.unstated
	}
	for i := range r.places {
		if p := &r.places[i]; containsFold(p.only, region) {
			return p.factor, p.assume
		}
	}
	if len(r.only) > 0 {
		if containsFold(r.only, region) {
			return r.factor, 0
		}
		return noFactor, 0
	}
	if containsFold(r.except, region) {
		return noFactor, 0
	}
	if region == regionalEndpoint {
		return r.factor, r.unstated
	}
	return r.factor, 0
}
