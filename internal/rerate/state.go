package rerate

import (
	"cmp"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// State is what is known of a call's cost. The zero State is a call that was not priced.
type State struct {
	Cost          pricing.Amount
	Currency      string // ISO 4217; empty when Cost is unknown
	Status        string // as in cost_status; empty when not priced
	PriceID       string
	PriceSource   string
	EffectiveFrom string
	Parts         pricing.Components
	// Computed is the book's own figure where Cost is the provider's bill; else unknown.
	Computed pricing.Amount
	Unpriced []string
}

// A Call is a stored row with its cost as known: as booked, or after its last correction.
type Call struct {
	costing.Row
	// Revision is the number of the last correction; 0 where what was booked stands.
	Revision uint32 `ch:"cost_revision"`
	// BookedStatus says whose figure the reported one is: a correction may say something else of the cost, and the bill stays a bill.
	BookedStatus string `ch:"cost_status_booked"`
}

// Known is what is known of the call's cost. Its components are left out: no decision needs them.
func (c *Call) Known() State {
	return State{
		Cost: costing.AmountOf(c.Cost), Currency: c.Currency, Status: c.Status,
		PriceID: c.PriceID, PriceSource: c.PriceSource, EffectiveFrom: c.EffectiveFrom, Unpriced: c.Unpriced,
	}
}

// Fresh is what a book says that the call cost, by the rules under which llm_cost books.
func (c *Call) Fresh(p costing.Pricer) State {
	call := c.Call()
	if c.BookedStatus != "" {
		call.Reported.Authoritative = c.BookedStatus == string(pricing.StatusProviderReported)
	}
	if c.UsageRole != semconv.UsageRoleCall && call.Nothing() {
		return State{}
	}
	r := call.Price(p)
	s := State{
		Cost: r.Amount, Currency: r.Currency, Status: r.StatusText(),
		PriceID: r.PriceID, PriceSource: r.PriceSource, EffectiveFrom: r.EffectiveFrom, Parts: r.Components, Unpriced: r.Unpriced,
	}
	if !r.Amount.Known {
		s.Currency = ""
	}
	if r.Status == pricing.StatusProviderReported {
		s.Computed = r.Computed
	}
	return s
}

// Same reports whether two states say the same to a reader of bills: amount, currency and status. The same amount from another price
// record, or page, is no correction.
func (s *State) Same(o *State) bool {
	return s.Cost == o.Cost && measured(s.Status) == measured(o.Status) && (!s.Cost.Known || currency(s.Currency) == currency(o.Currency))
}

// measured is a status without regard to estimates: they are made of message text, which nobody reads again, and beside a cost that is
// not known either way.
func measured(status string) string {
	if status == string(pricing.StatusEstimated) {
		return string(pricing.StatusNoUsage)
	}
	return status
}

// currency names the currency of an amount: rows without one are in dollars.
func currency(c string) string {
	if c == "" {
		return "USD"
	}
	return c
}

// An Adjustment is one entry of the ledger: the call's cost as known before, and after. Its number is Revision.
type Adjustment struct {
	Call     *Call
	Revision uint32
	Before   State
	After    State
}

// Decide compares what is known of a call with what a book says; ok is false when nothing has to be corrected. The same call, state and
// book give the same Adjustment.
func Decide(c *Call, p costing.Pricer) (a Adjustment, ok bool) {
	before, after := c.Known(), c.Fresh(p)
	if before.Same(&after) {
		return Adjustment{}, false
	}
	return Adjustment{Call: c, Revision: c.Revision + 1, Before: before, After: after}, true
}

// Model is the model that answered, else the one asked for.
func (c *Call) Model() string {
	return cmp.Or(c.ResponseModel, c.RequestModel)
}

// Counts reports whether the call is in totals. Aggregates and duplicates have a price too, because what they are may be corrected later.
func (c *Call) Counts() bool { return c.UsageRole == semconv.UsageRoleCall }
