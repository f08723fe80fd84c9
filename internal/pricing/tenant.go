package pricing

import (
	"sync"
	"time"
)

// everyTenant is the name under which price files keep the rules of tenants that have none of their own for a call.
const everyTenant = "*"

// tenantRules are the discounts and markups of one tenant, by what they are on. The most specific one counts, and only that.
type tenantRules struct {
	models    map[*model][]tenantRule
	providers map[*provider][]tenantRule
	all       []tenantRule
}

// A tenantRule multiplies what calls of a tenant cost, for a time.
type tenantRule struct {
	from, to int64 // Unix seconds, to exclusive
	factor   *tenantFactor
	bills    bool   // on what the provider billed, too
	tenant   string // whose it is, or everyTenant
	on       string // what it is on: "openai/gpt-5.4", "openai", or "" for everything
}

// A tenantFactor is a multiplier of whole amounts, with the ids of the records it was applied to. Their number is bounded by that of
// the book's records.
type tenantFactor struct {
	times uint64 // ten-thousandths
	text  string
	bill  string   // stands for the id of a record where the provider's bill is multiplied
	ids   sync.Map // *period -> string
}

// idOf is the id of a record whose price a tenant pays a multiple of.
func (f *tenantFactor) idOf(p *period) string {
	if id, ok := f.ids.Load(p); ok {
		return id.(string)
	}
	id, _ := f.ids.LoadOrStore(p, p.id+"*"+f.text)
	return id.(string)
}

// String is how explanations name the rule: "0.85 (acme, openai)".
func (r *tenantRule) String() string {
	s := r.factor.text + " (" + r.tenant
	if r.on != "" {
		s += ", " + r.on
	}
	return s + ")"
}

// tenantRule is the rule for a call, or nil when there is none.
func (b *Book) tenantRule(c *Call, res *resolution) *tenantRule {
	if len(b.tenants) == 0 || res.local || res.model != nil && res.model.free {
		return nil
	}
	when := c.Time
	if when.IsZero() {
		when = time.Unix(b.asOf, 0)
	}
	t := when.Unix()
	rule := b.tenants[c.Tenant].find(res, t)
	if rule == nil {
		rule = b.tenants[everyTenant].find(res, t)
	}
	if rule == nil || rule.factor.times == noFactor {
		return nil
	}
	return rule
}

func (r *tenantRules) find(res *resolution, t int64) *tenantRule {
	if r == nil {
		return nil
	}
	if rule := ruleAt(r.models[res.model], t); rule != nil {
		return rule
	}
	if rule := ruleAt(r.providers[res.biller], t); rule != nil {
		return rule
	}
	return ruleAt(r.all, t)
}

func ruleAt(rules []tenantRule, t int64) *tenantRule {
	for i := range rules {
		if r := &rules[i]; t >= r.from && t < r.to {
			return r
		}
	}
	return nil
}

// of multiplies an amount, rounding once. It is unknown when the product is beyond what an Amount holds.
func (f *tenantFactor) of(a Amount) Amount {
	pico, sign := a.Pico, int64(1)
	if pico < 0 {
		pico, sign = -pico, -1
	}
	product, ok := mul64(uint64(pico), f.times).divRound(noFactor) //nolint:gosec // positive
	if !ok {
		return Amount{}
	}
	return USD(sign * product)
}
