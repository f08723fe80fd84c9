package costing

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// ExplainRow says why the amount of a stored call is what it is: by the book where the book in use has the price that was used, else
// from what the row keeps.
func ExplainRow(b Book, r *Row) Explanation {
	c := r.Call()
	today := Explain(b, &c)
	if r.explainedBy(&today) {
		today.Status = orNull(r.Status)
		if list := assumedOf(r.Status); list != "" || !strings.HasPrefix(r.Status, string(pricing.StatusPartial)) {
			today.Assumptions = assumptions(list)
		}
		today.PriceID = orNull(r.PriceID)
		return today
	}
	out := Explanation{
		Amount: r.Cost, Currency: orNull(r.Currency), Status: orNull(r.Status), From: FromRow, PriceID: orNull(r.PriceID),
		Source: orNull(r.PriceSource), ValidFrom: orNull(r.EffectiveFrom),
		Lines: []Line{}, Multipliers: []Multiplier{}, Assumptions: assumptions(assumedOf(r.Status)), Unpriced: texts(r.Unpriced),
		Today: &Today{Amount: today.Amount, Status: *today.Status, PriceID: today.PriceID, Arithmetic: today.Arithmetic},
	}
	if model, from, ok := recordOf(r.PriceID); ok {
		out.Model, out.ValidFrom = &model, orNull(from)
		provider, _, _ := strings.Cut(model, "/")
		out.Provider = &provider
	}
	amount := AmountOf(r.Cost)
	switch {
	case r.Status == "":
		out.From = FromNone
		out.Says = []string{"The call was never priced: it did not pass llm_cost, or is not one that a provider is paid for."}
		return out
	case r.Status == string(pricing.StatusProviderReported) && amount.Known:
		out.From = FromBill
		out.Bill = bill(amount, AmountOf(r.CostComputed))
	case amount.Known:
		out.Lines = r.parts()
		out.Arithmetic = partsEquation(out.Lines, amount)
	default:
		out.From = FromNone
	}
	out.Says = append(says(&out, &c, "had"), r.whyNotBook(&today, amount.Known)...)
	if r.Estimated != nil {
		out.Says = append(out.Says, r.estimate())
	}
	return out
}

// estimate says what is known of the cost of a call without counts.
func (r *Row) estimate() string {
	text := "Estimated from its messages, and in no total: " + *r.Estimated + " USD"
	if r.EstimatedLow != nil {
		text += ", at least " + *r.EstimatedLow
	}
	if r.EstimatedHigh != nil {
		text += ", at most " + *r.EstimatedHigh
	}
	return text + "."
}

// explainedBy reports whether the figure of the book in use is the very one of the row: the same amount by the same price. Ids that
// were written before they had a fingerprint are the same when what is before it is.
func (r *Row) explainedBy(today *Explanation) bool {
	bill := today.Bill != nil
	if bill != (r.Status == string(pricing.StatusProviderReported)) || !sameAmount(r.Cost, today.Amount) {
		return false
	}
	if bill {
		return r.CostComputed == nil || sameAmount(r.CostComputed, today.Bill.Computed)
	}
	kind := func(status string) string { k, _, _ := strings.Cut(status, ":"); return k }
	if r.Cost == nil {
		return kind(r.Status) == kind(*today.Status)
	}
	id := ""
	if today.PriceID != nil {
		id = *today.PriceID
	}
	return samePrice(r.PriceID, id)
}

func samePrice(booked, today string) bool {
	if !strings.Contains(booked, "#") {
		today, _, _ = strings.Cut(today, "#")
	}
	return booked == today
}

// recordOf splits "anthropic/claude-opus-4-8@2026-05-28#1f2e3d4c*0.9".
func recordOf(id string) (model, from string, ok bool) {
	id, _, _ = strings.Cut(id, "#")
	model, from, _ = strings.Cut(id, "@")
	return model, from, strings.Contains(model, "/")
}

func (r *Row) whyNotBook(today *Explanation, known bool) []string {
	id := "no price"
	if today.PriceID != nil {
		id = "the price " + *today.PriceID
	}
	switch {
	case r.Status == string(pricing.StatusProviderReported):
		return []string{"What the book in use computes beside the bill is not what was computed then."}
	case !known && today.Amount != nil:
		return []string{"The book in use knows a price for the call (" + id + "), which was not known then."}
	case r.Status == string(pricing.StatusNoUsage), r.Status == string(pricing.StatusEstimated):
		return nil // and no book can change that
	case !known:
		return []string{"The book in use finds no amount either, for another reason."}
	case r.PriceID == "":
		return []string{"No price record was used; the parts are those that the row keeps."}
	case today.PriceID != nil && samePrice(r.PriceID, *today.PriceID):
		return []string{"The book in use has the price, and comes to another amount: not everything that decided it is kept with the row. " +
			"The parts are those that the row keeps."}
	default:
		return []string{"The book in use no longer has the price " + r.PriceID + " for this call; today it takes " + id +
			". The prices here are worked out from the parts of the amount and the counts, as the row keeps them."}
	}
}

const perMillion = 1_000_000

// parts are what the row keeps of the sum: amounts by component, and the counts that they are of.
func (r *Row) parts() []Line {
	minus := func(all *uint64, parts ...*uint64) *int64 {
		if all == nil {
			return nil
		}
		n := int64(*all) //nolint:gosec // counts are bounded when they are read
		for _, p := range parts {
			if p != nil {
				n -= int64(*p) //nolint:gosec // as above
			}
		}
		return &n
	}
	writes := r.CacheWrite
	if writes == nil && (r.CacheWrite5m != nil || r.CacheWrite1h != nil) {
		sum := uint64(0)
		for _, n := range []*uint64{r.CacheWrite5m, r.CacheWrite1h} {
			if n != nil {
				sum += *n
			}
		}
		writes = &sum
	}
	out := []Line{}
	for _, part := range []struct {
		unit   string
		count  *int64
		amount *string
	}{
		{"input", minus(r.Input, r.CacheRead, writes), r.CostInput},
		{"cache_read", minus(r.CacheRead), r.CostCacheRead},
		{"cache_write", minus(writes), r.CostCacheWrite},
		{"output", minus(r.Output), r.CostOutput},
		{"fees", nil, r.CostFees},
	} {
		amount := AmountOf(part.amount)
		if amount.Pico == 0 { // or unknown
			continue
		}
		l := Line{Unit: part.unit, Count: part.count, Amount: amount.String()}
		if part.count != nil && *part.count > 0 {
			l.Price, l.Per = effectivePrice(amount, *part.count), ptr(uint64(perMillion))
		}
		out = append(out, l)
	}
	return out
}

// effectivePrice is what a million would cost: a decimal where it is finite, else a fraction.
func effectivePrice(amount pricing.Amount, count int64) *string {
	price := ratOf(amount)
	price.Mul(price, new(big.Rat).SetFrac64(perMillion, count))
	text := price.RatString()
	if digits, exact := price.FloatPrec(); exact && digits <= maxDecimals {
		text = price.FloatString(digits)
	}
	return &text
}

// maxDecimals is where a fraction becomes easier to read than its decimals.
const maxDecimals = 24

// partsEquation adds the parts up to the amount. Each was rounded by itself, so what that makes is a part of its own.
func partsEquation(lines []Line, amount pricing.Amount) *string {
	terms, total := make([]string, 0, len(lines)+1), new(big.Rat)
	for _, l := range lines {
		term := l.Amount
		if l.Price != nil {
			term = strconv.FormatInt(*l.Count, 10) + "*" + *l.Price + "/" + strconv.FormatUint(*l.Per, 10)
			if strings.Contains(*l.Price, "/") {
				term = l.Amount // a fraction of a fraction helps nobody
			}
		}
		terms = append(terms, term)
		part, _ := new(big.Rat).SetString(l.Amount)
		total.Add(total, part)
	}
	off := new(big.Rat).Sub(ratOf(amount), total)
	sign := " + "
	if off.Sign() < 0 {
		sign = " - "
	}
	text := strings.Join(terms, " + ")
	if off.Sign() != 0 {
		digits := strings.TrimRight(off.Abs(off).FloatString(12), "0")
		if text = text + sign + digits; len(terms) == 0 {
			text = amount.String()
		}
	}
	if text == "" {
		text = "0"
	}
	return equation(text, amount)
}

func sameAmount(x, y *string) bool { return AmountOf(x) == AmountOf(y) }

func ptr[T any](v T) *T { return &v }
