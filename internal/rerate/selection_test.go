package rerate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

// flatBook prices one model at a dollar a token, so that 1 input token is 1 USD.
func flatBook(t *testing.T) *pricing.Book {
	book, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1000000, output: 0}}]}\n")}})
	require.NoError(t, err)
	return book
}

const oddTenant = `o'ne "two" \ {tenant:String} 漢`

// Every call of a window is met once, those on its first nanosecond are in it and those on its last are not, however it is cut.
func TestEverySelectionMeetsItsCallsOnce(t *testing.T) {
	_, s := engine(t, false)
	from, to := time.Date(2026, 3, 1, 22, 0, 0, 7, time.UTC), time.Date(2026, 3, 3, 1, 0, 0, 9, time.UTC)
	one, zero := uint64(1), uint64(0)
	var rows []costing.Row
	add := func(tenant, model string, at time.Time) {
		n := len(rows)
		rows = append(rows, costing.Row{
			Tenant: tenant, Project: "default", TraceID: fmt.Sprintf("%032x", n/2), SpanID: fmt.Sprintf("%016x", n%7), Start: at, Retention: 36500,
			Role: "llm", UsageRole: "call", Provider: "test", RequestModel: model, Input: &one, Output: &zero,
		})
	}
	edges := []time.Time{from.Add(-1), from, to.Add(-1), to}
	for _, tenant := range []string{"acme", oddTenant} {
		for _, at := range edges {
			add(tenant, "always", at)
		}
		for i := range 40 { // on midnight, on full minutes, and beside them
			midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
			add(tenant, "always", midnight.Add(time.Duration(i/2)*time.Minute-time.Duration(i%2)))
		}
	}
	add(oddTenant, `m'"\`, from)
	insert(t, s, rows)
	for _, size := range []int{1, 3, 17, 0} {
		s.SliceRows = size
		for name, tc := range map[string]struct {
			sel  rerate.Selection
			want int
		}{
			"all":    {rerate.Selection{}, 2*(2+40) + 1},
			"tenant": {rerate.Selection{Tenant: oddTenant}, 2 + 40 + 1},
			"model":  {rerate.Selection{Model: `m'"\`}, 1},
			"nobody": {rerate.Selection{Tenant: "ac"}, 0},
		} {
			tc.sel.From, tc.sel.To = from, to
			met := map[string]int{}
			require.NoError(t, s.Calls(t.Context(), tc.sel, func(c *rerate.Call) error {
				met[fmt.Sprint(c.Tenant, c.TraceID, c.SpanID, c.Start.UnixNano())]++
				return nil
			}))
			assert.Len(t, met, tc.want, "%s in slices of %d", name, size)
			for call, n := range met {
				assert.Equal(t, 1, n, call)
			}
		}
	}
}

// A run's figures in the history are of calls; those of duplicates are entries and nothing more. Names are of calls, too.
func TestHistoryAndNamesCountCalls(t *testing.T) {
	_, s := engine(t, false)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	zero := uint64(0)
	row := func(n int, role, model string, input uint64) costing.Row {
		return costing.Row{
			Tenant: oddTenant, Project: "default", TraceID: fmt.Sprintf("%032x", n), SpanID: fmt.Sprintf("%016x", n), Start: start.Add(time.Duration(n) * time.Hour), Retention: 36500,
			Role: "llm", UsageRole: role, Provider: "test", RequestModel: model, Input: &input, Output: &zero, Status: "unknown_model",
		}
	}
	euros, two := row(3, "call", "always", 4), "2"
	euros.Cost, euros.Currency, euros.Status, euros.PriceID = &two, "EUR", "exact", "test/always"
	insert(t, s, []costing.Row{row(0, "call", "always", 1), row(1, "duplicate", "always", 10), row(2, "call", "never", 100), euros})
	sel := rerate.Selection{From: start, To: start.Add(24 * time.Hour)}
	_, err := rerate.Run(t.Context(), s, flatBook(t), sel, &rerate.Entry{Run: "r1", Reason: "it's one", At: start, BookReadOn: start})
	require.NoError(t, err)
	none, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  other: {prices: [{mtok: {input: 1, output: 0}}]}\n")}})
	require.NoError(t, err)
	narrow := sel
	narrow.To = start.Add(2 * time.Hour)
	_, err = rerate.Run(t.Context(), s, none, narrow, &rerate.Entry{Run: "r2", Reason: "taken away", At: start.Add(time.Minute), BookReadOn: start})
	require.NoError(t, err)

	runs, err := s.History(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, runs, 2)
	r2, r1 := runs[0], runs[1]
	assert.Equal(t, []any{"r1", "it's one", uint64(3), uint64(2), uint64(1), uint64(0), "5", start, start.Add(3 * time.Hour)},
		[]any{r1.Run, r1.Reason, r1.Corrections, r1.Calls, r1.NewlyPriced, r1.LostPrice, r1.Difference, r1.First.UTC(), r1.Last.UTC()})
	assert.Equal(t, []any{"r2", uint64(2), uint64(1), uint64(0), uint64(1), "-1"},
		[]any{r2.Run, r2.Corrections, r2.Calls, r2.NewlyPriced, r2.LostPrice, r2.Difference})

	sel.Tenant = oddTenant
	names, err := s.Names(t.Context(), sel)
	require.NoError(t, err)
	slices.SortFunc(names, func(a, b rerate.Named) int { return int(b.Calls) - int(a.Calls) }) //nolint:gosec // a few
	require.Len(t, names, 2)
	assert.Equal(t, "always 2 1", fmt.Sprint(names[0].Model(), " ", names[0].Calls, " ", names[0].Unknown))
	assert.Equal(t, "never 1 1", fmt.Sprint(names[1].Model(), " ", names[1].Calls, " ", names[1].Unknown))
	unknown, known := rerate.Unknown(names, flatBook(t))
	require.Len(t, unknown, 1)
	require.Len(t, known, 1)
	sel.Tenant = "another"
	names, err = s.Names(t.Context(), sel)
	require.NoError(t, err)
	require.Empty(t, names)
}

// A difference moves with the currency: what was known in euros leaves the euros' sums.
func TestACorrectionToAnotherCurrency(t *testing.T) {
	two, three := "2", "3"
	amount := func(text string) pricing.Amount {
		a, err := pricing.ParseAmount(text)
		require.NoError(t, err)
		return a
	}
	d := rerate.DiffOf(rerate.Adjustment{
		Call:   &rerate.Call{Row: costing.Row{Tenant: "acme", RequestModel: "m", UsageRole: "call"}},
		Before: rerate.State{Cost: amount(two), Currency: "EUR"}, After: rerate.State{Cost: amount(three), Currency: "USD"},
	})
	figures := func(f *rerate.Figures) string {
		return fmt.Sprint(f.Currency, f.Changed, " ", f.Before.String(), " ", f.After.String(), " ", f.Difference.String())
	}
	require.Len(t, d.Totals, 2)
	assert.Equal(t, "EUR0 2 0 -2", figures(d.Totals[0]))
	assert.Equal(t, "USD1 0 3 3", figures(d.Totals[1]))
	require.Len(t, d.Groups, 2)
	for _, g := range d.Groups {
		assert.NotNil(t, g.Prices, "a JSON list is never null")
	}
}

// A markup that takes a bill beyond what an amount holds makes its cost unknown; without the markup, the bill is what the call cost.
func TestABillOutlastsAMarkupThatWasTooMuch(t *testing.T) {
	_, s := engine(t, false)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	one, zero, bill := uint64(1), uint64(0), "999999.999999999999"
	insert(t, s, []costing.Row{{
		Tenant: "acme", Project: "default", TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16), Start: start, Retention: 36500,
		Role: "llm", UsageRole: "call", Provider: "test", RequestModel: "always", Input: &one, Output: &zero,
		Cost: &bill, CostReported: &bill, Currency: "USD", Status: string(pricing.StatusProviderReported),
	}})
	prices := "provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1000000, output: 0}}]}\n"
	markup, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte(prices)}}, fstest.MapFS{"b.yaml": {Data: []byte("tenants:\n  acme: [{times: 1.1, bills: true}]\n")}})
	require.NoError(t, err)
	sel := rerate.Selection{From: start, To: start.Add(1)}
	for n, step := range []struct {
		book *pricing.Book
		want string
	}{{markup, "unknown"}, {markup, "unknown"}, {flatBook(t), bill}, {flatBook(t), bill}} {
		_, err = rerate.Run(t.Context(), s, step.book, sel, &rerate.Entry{Run: fmt.Sprint(n), At: start, BookReadOn: start})
		require.NoError(t, err)
		var known string
		require.NoError(t, s.Conn.QueryRow(t.Context(), "SELECT ifNull(toString(cost), 'unknown') FROM "+s.Target.Table(clickhouse.ViewKnown)).Scan(&known))
		require.Equal(t, step.want, known, "run %d", n)
	}
}
