package llmqueryextension

import (
	"context"
	"time"

	"github.com/watchllm/watchllm/internal/costing"
)

// correct tells the rows of one trace of their corrections and, where what is known counts, puts the last one's figures in. The rows
// are in order of time.
func (a *api) correct(ctx context.Context, sc scope, trace []arg, rows []spanRow, b basis) error {
	args := append(trace[:len(trace):len(trace)],
		arg{"first_ns", rows[0].StartTime.UnixNano()}, arg{"last_ns", rows[len(rows)-1].StartTime.UnixNano()})
	found, err := selectRows[costing.Correction](ctx, a.store, sc, stmtTraceCorrections, args)
	if err != nil {
		return err
	}
	type key struct {
		span  string
		start time.Time
	}
	last, count := map[key]*costing.Correction{}, map[key]int{}
	for i := range found {
		k := key{found[i].SpanID, found[i].Start.UTC()}
		last[k] = &found[i]
		count[k]++
	}
	for i := range rows {
		r := &rows[i]
		r.BookedCost, r.BookedCurrency = r.Cost, r.CostCurrency
		k := key{r.SpanID, r.StartTime.UTC()}
		c := last[k]
		if c == nil {
			continue
		}
		r.Corrections = count[k]
		if b == basisKnown {
			r.apply(c)
		}
	}
	return nil
}

// apply leaves the call as it is and changes its cost.
func (r *spanRow) apply(c *costing.Correction) {
	r.Cost, r.CostInput, r.CostCacheRead, r.CostCacheWrite, r.CostOutput, r.CostFees =
		c.After, c.CostInput, c.CostCacheRead, c.CostCacheWrite, c.CostOutput, c.CostFees
	r.CostCurrency, r.CostStatus, r.CostUnpriced = c.CurrencyAfter, c.StatusAfter, c.Unpriced
	r.PriceID, r.PriceSource, r.PriceEffectiveFrom = c.PriceIDAfter, c.PriceSource, c.EffectiveFrom
}
