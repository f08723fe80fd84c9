package rerate

import (
	"cmp"
	"maps"
	"slices"
)

// A Diff is what a re-rating changes, by tenant, provider and model. Its figures count calls only: what is in totals.
type Diff struct {
	Groups []*Group `json:"groups"`
	// Totals has one entry for each currency.
	Totals []*Figures `json:"totals"`
	// Examples are the first corrections met, at most one of each group.
	Examples []Example `json:"examples"`

	byKey   map[groupKey]*Group
	byMoney map[string]*Figures
}

// Figures are counts and sums of one currency.
type Figures struct {
	Currency string `json:"currency"`
	// Changed calls have another cost or status than was known; NewlyPriced and LostPrice are among them.
	Changed     int `json:"changed"`
	NewlyPriced int `json:"newly_priced"`
	LostPrice   int `json:"lost_price"`
	// Before and After are the sums of the changed calls; a call without a known cost adds nothing.
	Before     Sum `json:"before"`
	After      Sum `json:"after"`
	Difference Sum `json:"difference"`
}

// A Group is the figures of one model of one tenant.
type Group struct {
	Tenant   string `json:"tenant"`
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Figures
	// Prices are the records that were used before and after, with the calls of each pair; others than the first few are one entry.
	Prices []PriceChange `json:"prices"`

	changes map[[2]string]int
}

// A PriceChange is a pair of price records; empty where there was none.
type PriceChange struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Calls  int    `json:"calls"`
}

// An Example is one corrected call.
type Example struct {
	Tenant       string `json:"tenant"`
	Trace        string `json:"trace_id"`
	Span         string `json:"span_id"`
	Start        string `json:"start_time"`
	Model        string `json:"model"`
	Before       string `json:"cost_before"`
	After        string `json:"cost_after"`
	StatusBefore string `json:"status_before"`
	StatusAfter  string `json:"status_after"`
	PriceBefore  string `json:"price_before"`
	PriceAfter   string `json:"price_after"`
}

type groupKey struct{ tenant, provider, model, currency string }

// Names of models come from clients, who may invent any number of them.
const (
	maxGroups   = 10_000
	maxChanges  = 20
	maxExamples = 5
	others      = "(others)"
)

func newDiff() *Diff {
	return &Diff{Examples: []Example{}, byKey: map[groupKey]*Group{}, byMoney: map[string]*Figures{}}
}

// DiffOf is what some corrections of calls change.
func DiffOf(corrections ...Adjustment) *Diff {
	d := newDiff()
	for i := range corrections {
		d.add(&corrections[i])
	}
	return d.close()
}

// add counts a correction of a call.
func (d *Diff) add(a *Adjustment) {
	before, after := currency(a.Before.Currency), currency(a.After.Currency)
	switch {
	case !a.After.Cost.Known:
		after = before
	case !a.Before.Cost.Known:
		before = after
	}
	g := d.group(a, after)
	g.count(a)
	g.change(a.Before.PriceID, a.After.PriceID)
	t := d.byMoney[after]
	if t == nil {
		t = &Figures{Currency: after}
		d.byMoney[after] = t
	}
	t.count(a)
	if before != after {
		// What was known in another currency leaves that currency's sums, not these.
		g.moveBefore(&d.group(a, before).Figures, a)
		if d.byMoney[before] == nil {
			d.byMoney[before] = &Figures{Currency: before}
		}
		t.moveBefore(d.byMoney[before], a)
	}
	if g.Changed == 1 && len(d.Examples) < maxExamples {
		d.Examples = append(d.Examples, exampleOf(a))
	}
}

func (d *Diff) group(a *Adjustment, money string) *Group {
	k := groupKey{a.Call.Tenant, a.Call.Provider, a.Call.Model(), money}
	g := d.byKey[k]
	if g == nil && len(d.byKey) >= maxGroups {
		k = groupKey{others, others, others, money}
		g = d.byKey[k]
	}
	if g == nil {
		g = &Group{Tenant: k.tenant, Provider: k.provider, Model: k.model, Figures: Figures{Currency: money}, Prices: []PriceChange{}, changes: map[[2]string]int{}}
		d.byKey[k] = g
	}
	return g
}

func (f *Figures) count(a *Adjustment) {
	f.Changed++
	switch was, is := a.Before.Cost.Known, a.After.Cost.Known; {
	case is && !was:
		f.NewlyPriced++
	case was && !is:
		f.LostPrice++
	}
	f.Before.Add(a.Before.Cost)
	f.After.Add(a.After.Cost)
	f.Difference.Add(a.After.Cost)
	f.Difference.Sub(a.Before.Cost)
}

func (f *Figures) moveBefore(to *Figures, a *Adjustment) {
	f.Before.Sub(a.Before.Cost)
	f.Difference.Add(a.Before.Cost)
	to.Before.Add(a.Before.Cost)
	to.Difference.Sub(a.Before.Cost)
}

func (g *Group) change(before, after string) {
	k := [2]string{before, after}
	if _, ok := g.changes[k]; !ok && len(g.changes) >= maxChanges {
		k = [2]string{others, others}
	}
	g.changes[k]++
}

// close sorts everything: the largest difference first.
func (d *Diff) close() *Diff {
	d.Groups = slices.AppendSeq(make([]*Group, 0, len(d.byKey)), maps.Values(d.byKey))
	slices.SortFunc(d.Groups, func(x, y *Group) int {
		return cmp.Or(y.Difference.CmpAbs(&x.Difference), cmp.Compare(y.Changed, x.Changed), cmp.Compare(x.Tenant, y.Tenant),
			cmp.Compare(x.Provider, y.Provider), cmp.Compare(x.Model, y.Model), cmp.Compare(x.Currency, y.Currency))
	})
	for _, g := range d.Groups {
		for k, n := range g.changes {
			g.Prices = append(g.Prices, PriceChange{Before: k[0], After: k[1], Calls: n})
		}
		slices.SortFunc(g.Prices, func(x, y PriceChange) int {
			return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Before, y.Before), cmp.Compare(x.After, y.After))
		})
	}
	d.Totals = slices.AppendSeq(make([]*Figures, 0, len(d.byMoney)), maps.Values(d.byMoney))
	slices.SortFunc(d.Totals, func(x, y *Figures) int { return cmp.Compare(x.Currency, y.Currency) })
	return d
}

func exampleOf(a *Adjustment) Example {
	c := a.Call
	return Example{
		Tenant: c.Tenant, Trace: c.TraceID, Span: c.SpanID, Start: c.Start.UTC().Format("2006-01-02T15:04:05.999999999Z"), Model: c.Model(),
		Before: a.Before.Cost.String(), After: a.After.Cost.String(), StatusBefore: a.Before.Status, StatusAfter: a.After.Status,
		PriceBefore: a.Before.PriceID, PriceAfter: a.After.PriceID,
	}
}
