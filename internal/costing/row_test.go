package costing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

// What the row keeps says everything about a call that its price hangs on.
func TestCallOfARow(t *testing.T) {
	start, end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	bill := "0.5"
	call := func(r costing.Row) costing.Call { return r.Call() }

	assert.Equal(t, start, call(costing.Row{Start: start, End: end}).Time)
	assert.Equal(t, end, call(costing.Row{Start: time.Unix(0, 0), End: end}).Time, "a call without a start is priced by its end")
	assert.True(t, call(costing.Row{ServiceTier: "batch"}).Batch)
	assert.True(t, call(costing.Row{Flags: map[string]bool{"watchllm.call.batch": true}}).Batch)
	assert.False(t, call(costing.Row{ServiceTier: "priority"}).Batch)

	reported := call(costing.Row{CostReported: &bill, Status: "exact"}).Reported
	assert.Equal(t, bill, reported.Amount.String())
	assert.False(t, reported.Authoritative, "a client's figure is nobody's bill")
	assert.True(t, call(costing.Row{CostReported: &bill, Status: string(pricing.StatusProviderReported)}).Reported.Authoritative)
}

// A correction replaces everything that there is to say about a cost, also what it takes away.
func TestApplyLeavesNothingOfWhatWasBooked(t *testing.T) {
	one, two, three := "1", "2", "3"
	row := costing.Row{
		TraceID: "t", CostReported: &two, Cost: &one, CostInput: &one, CostCacheRead: &one, CostCacheWrite: &one, CostOutput: &one, CostFees: &one, CostComputed: &one,
		Currency: "EUR", Status: "exact", PriceID: "p", PriceSource: "s", EffectiveFrom: "2026-01-01", Unpriced: []string{"input"},
	}
	require.Equal(t, costing.Row{TraceID: "t", CostReported: &two}, row.Apply(&costing.Correction{}))

	c := costing.Correction{
		After: &two, CurrencyAfter: "USD", StatusAfter: "provider_reported", PriceIDAfter: "*0.9", PriceSource: "x", EffectiveFrom: "2026-02-02",
		CostInput: &two, CostCacheRead: &two, CostCacheWrite: &two, CostOutput: &two, CostFees: &two, CostComputed: &three, Unpriced: []string{"fees"},
	}
	require.Equal(t, costing.Row{
		TraceID: "t", CostReported: &two, Cost: &two, CostInput: &two, CostCacheRead: &two, CostCacheWrite: &two, CostOutput: &two, CostFees: &two, CostComputed: &three,
		Currency: "USD", Status: "provider_reported", PriceID: "*0.9", PriceSource: "x", EffectiveFrom: "2026-02-02", Unpriced: []string{"fees"},
	}, row.Apply(&c))
}
