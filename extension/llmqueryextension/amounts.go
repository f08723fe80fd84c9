package llmqueryextension

import "math"

// count is a sum of known values and how many calls had none. Total is null when nothing is known, never 0.
type count struct {
	Total        *uint64 `json:"total"`
	UnknownCalls uint64  `json:"unknown_calls"`
}

// tokens are the sums of a group of calls. Input includes cache reads and writes, output includes reasoning;
// total is input plus output.
type tokens struct {
	Input      count `json:"input"`
	Output     count `json:"output"`
	CacheRead  count `json:"cache_read"`
	CacheWrite count `json:"cache_write"`
	Reasoning  count `json:"reasoning"`
	Total      count `json:"total"`
}

// tokenSums are the columns that totals are made from.
type tokenSums struct {
	Input             *uint64 `ch:"input_total"`
	InputUnknown      uint64  `ch:"input_unknown"`
	Output            *uint64 `ch:"output_total"`
	OutputUnknown     uint64  `ch:"output_unknown"`
	CacheRead         *uint64 `ch:"cache_read_total"`
	CacheReadUnknown  uint64  `ch:"cache_read_unknown"`
	CacheWrite        *uint64 `ch:"cache_write_total"`
	CacheWriteUnknown uint64  `ch:"cache_write_unknown"`
	Reasoning         *uint64 `ch:"reasoning_total"`
	ReasoningUnknown  uint64  `ch:"reasoning_unknown"`
	TotalUnknown      uint64  `ch:"total_unknown"`
}

func (t *tokenSums) tokens() tokens {
	return tokens{
		Input:      count{t.Input, t.InputUnknown},
		Output:     count{t.Output, t.OutputUnknown},
		CacheRead:  count{t.CacheRead, t.CacheReadUnknown},
		CacheWrite: count{t.CacheWrite, t.CacheWriteUnknown},
		Reasoning:  count{t.Reasoning, t.ReasoningUnknown},
		Total:      count{addKnown(t.Input, t.Output), t.TotalUnknown},
	}
}

// addKnown adds what is known; nothing known stays unknown.
func addKnown(a, b *uint64) *uint64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := *a + *b
	return &sum
}

// currency is what amounts are summed in; calls priced in another one are counted and left out.
const currency = "USD"

// cost is the sum of a group of calls as an exact decimal string, and what it leaves out.
type cost struct {
	// Amount is null when no call of the group has a known cost.
	Amount   *string `json:"amount"`
	Currency string  `json:"currency"`
	// Complete is true when every call is in the amount with its whole price.
	Complete           bool              `json:"complete"`
	UnknownCalls       uint64            `json:"unknown_calls"`
	OtherCurrencyCalls uint64            `json:"other_currency_calls"`
	ByStatus           map[string]uint64 `json:"calls_by_status"`
}

// costSums are the columns that a cost is made from.
type costSums struct {
	Amount   *string           `ch:"cost_total"`
	Unknown  uint64            `ch:"cost_unknown"`
	Foreign  uint64            `ch:"cost_foreign"`
	Partial  uint64            `ch:"cost_partial"`
	Statuses map[string]uint64 `ch:"cost_statuses"`
}

// statusNotPriced stands for rows that llm_cost never saw.
const statusNotPriced = "not_priced"

func (c *costSums) cost() cost {
	by := make(map[string]uint64, len(c.Statuses))
	for status, n := range c.Statuses {
		if status == "" {
			status = statusNotPriced
		}
		by[status] = n
	}
	return cost{
		Amount: c.Amount, Currency: currency,
		Complete:     c.Unknown == 0 && c.Foreign == 0 && c.Partial == 0,
		UnknownCalls: c.Unknown, OtherCurrencyCalls: c.Foreign, ByStatus: by,
	}
}

// quantiles are milliseconds; all are null when nothing was measured.
type quantiles struct {
	P50 *float64 `json:"p50"`
	P95 *float64 `json:"p95"`
	P99 *float64 `json:"p99"`
}

func newQuantiles(q []float64) quantiles {
	if len(q) != 3 {
		return quantiles{}
	}
	return quantiles{milliseconds(q[0]), milliseconds(q[1]), milliseconds(q[2])}
}

// latency is how long calls took, in milliseconds; all are null without calls.
type latency struct {
	Average *float64 `json:"avg"`
	quantiles
}

func newLatency(average *float64, q []float64) latency {
	if average == nil {
		return latency{}
	}
	return latency{milliseconds(*average), newQuantiles(q)}
}

// milliseconds rounds to the microsecond, which is far below what a call's clock is good for, and turns
// what JSON has no number for into null.
func milliseconds(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = math.Round(v*1e3) / 1e3
	return &v
}

// ratio is null when there is nothing to divide by.
func ratio(part, whole uint64) *float64 {
	if whole == 0 {
		return nil
	}
	v := float64(part) / float64(whole)
	return &v
}

// orNull turns the store's empty text into JSON's null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// add counts one call in.
func (c *count) add(v *uint64) {
	if v == nil {
		c.UnknownCalls++
		return
	}
	c.Total = addKnown(c.Total, v)
}
