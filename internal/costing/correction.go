package costing

import (
	"strings"
	"time"
)

// Correction is a row of the ledger: what a call was found to cost after it was booked. Select it with CorrectionColumns from
// llm_cost_adjustments FINAL. Amounts are decimal strings; nil is unknown.
type Correction struct {
	SpanID     string    `ch:"span_id"`
	Start      time.Time `ch:"start_time"`
	Revision   uint32    `ch:"revision"`
	AdjustedAt time.Time `ch:"adjusted_at"`
	RunID      string    `ch:"run_id"`
	Reason     string    `ch:"reason"`
	BookReadOn time.Time `ch:"book_read_on"`

	Before         *string `ch:"cost_before"`
	After          *string `ch:"cost_after"`
	CurrencyBefore string  `ch:"cost_currency_before"`
	CurrencyAfter  string  `ch:"cost_currency_after"`
	StatusBefore   string  `ch:"cost_status_before"`
	StatusAfter    string  `ch:"cost_status_after"`
	PriceIDBefore  string  `ch:"price_id_before"`
	PriceIDAfter   string  `ch:"price_id_after"`
	PriceSource    string  `ch:"price_source"`
	EffectiveFrom  string  `ch:"price_effective_from"`

	// Parts of After.
	CostInput      *string  `ch:"cost_input"`
	CostCacheRead  *string  `ch:"cost_cache_read"`
	CostCacheWrite *string  `ch:"cost_cache_write"`
	CostOutput     *string  `ch:"cost_output"`
	CostFees       *string  `ch:"cost_fees"`
	CostComputed   *string  `ch:"cost_computed"`
	Unpriced       []string `ch:"cost_unpriced"`
}

// CorrectionColumns is the list to select a Correction with; the table has the alias a.
func CorrectionColumns() string {
	cols := []string{
		"span_id", "start_time", "revision", "adjusted_at", "run_id", "reason", "book_read_on", "cost_currency_before", "cost_currency_after",
		"cost_status_before", "cost_status_after", "price_id_before", "price_id_after", "price_source", "price_effective_from", "cost_unpriced",
	}
	for _, amount := range []string{
		"cost_before", "cost_after", "cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_fees", "cost_computed",
	} {
		cols = append(cols, "toString(a."+amount+") AS "+amount)
	}
	return strings.Join(cols, ", ")
}

// Apply is the row as it stands after a correction: the call is the same, its cost another.
func (r *Row) Apply(c *Correction) Row {
	out := *r
	out.Cost, out.Currency, out.Status = c.After, c.CurrencyAfter, c.StatusAfter
	out.CostInput, out.CostCacheRead, out.CostCacheWrite, out.CostOutput, out.CostFees =
		c.CostInput, c.CostCacheRead, c.CostCacheWrite, c.CostOutput, c.CostFees
	out.CostComputed, out.Unpriced = c.CostComputed, c.Unpriced
	out.PriceID, out.PriceSource, out.EffectiveFrom = c.PriceIDAfter, c.PriceSource, c.EffectiveFrom
	return out
}
