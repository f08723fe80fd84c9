package costing

import (
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// Pricer says what a call cost. *pricing.Book is one.
type Pricer interface {
	Price(c *pricing.Call) pricing.Result
}

// Call is what decides the cost of one span.
type Call struct {
	pricing.Call
	// Sum is set for an agent, a workflow or a step, whose usage is the sum of calls below it and priced as if it were one call.
	Sum bool
	// LowerBound is set when the client leaves input out that was billed.
	LowerBound bool
}

const assumedAggregate = "aggregate"

var unreportedInput = []string{"input"}

// Price is what the call cost by a book: the provider's bill where there is one, nothing on a machine of one's own, and unknown
// without usage, of whatever model.
func (c *Call) Price(p Pricer) pricing.Result {
	r := p.Price(c.asked())
	if r.Status == pricing.StatusUnknownModel && !c.Usage.Any() {
		return pricing.Result{Status: pricing.StatusNoUsage}
	}
	if c.LowerBound && (r.Status == pricing.StatusExact || r.Status == pricing.StatusAssumed) {
		r.Status, r.Unpriced = pricing.StatusPartial, unreportedInput
	}
	// Prices that depend on the size of a call may not add up.
	if c.Sum && r.Status == pricing.StatusExact {
		r.Status, r.Assumed = pricing.StatusAssumed, assumedAggregate
	}
	return r
}

// asked is the call as the book is asked about it. What is metered otherwise, a recording or a page, has no tokens when none are given.
func (c *Call) asked() *pricing.Call {
	u := &c.Usage
	if u.Input.Known || u.Output.Known || u.SearchUnits.N+u.Images.N+u.Pages.N+u.Characters.N+u.Milliseconds.N == 0 {
		return &c.Call
	}
	metered := c.Call
	metered.Usage.Input, metered.Usage.Output = pricing.KnownCount(0), pricing.KnownCount(0)
	return &metered
}

// Nothing reports whether there is nothing to price: no usage and no figure of anybody. Of a call that is worth saying; an agent or a
// duplicate without usage has no cost that anybody would look for.
func (c *Call) Nothing() bool { return !c.Usage.Any() && !c.Reported.Amount.Known }

// lowerBound reports whether a usage basis says that input was left out.
func lowerBound(basis string) bool { return basis == semconv.UsageBasisUncachedOnlyLowerBound }

// silent knows that an embedding or a rerank has no output, where the client does not count it.
func (c *Call) silent(role string) {
	if (role == semconv.RoleEmbedding || role == semconv.RoleRerank) && c.Usage.Input.Known && !c.Usage.Output.Known {
		c.Usage.Output = pricing.KnownCount(0)
	}
}

// sum reports whether a role stands for calls below it.
func sum(role string) bool { return !genai.IsModelRole(role) }
