package rerate

import "github.com/watchllm/watchllm/internal/pricing"

// entryColumns give the value of each column of llm_cost_adjustments.
var entryColumns = map[string]func(e *Entry, a *Adjustment) any{
	"tenant_id":        func(_ *Entry, a *Adjustment) any { return a.Call.Tenant },
	"project_id":       func(_ *Entry, a *Adjustment) any { return a.Call.Project },
	"identity_project": func(_ *Entry, a *Adjustment) any { return a.Call.Project },
	"trace_id":         func(_ *Entry, a *Adjustment) any { return a.Call.TraceID },
	"span_id":          func(_ *Entry, a *Adjustment) any { return a.Call.SpanID },
	"start_time":       func(_ *Entry, a *Adjustment) any { return a.Call.Start },
	"retention_days":   func(_ *Entry, a *Adjustment) any { return a.Call.Retention },
	"provider":         func(_ *Entry, a *Adjustment) any { return a.Call.Provider },
	"model":            func(_ *Entry, a *Adjustment) any { return a.Call.Model() },
	"revision":         func(_ *Entry, a *Adjustment) any { return a.Revision },

	"adjusted_at":  func(e *Entry, _ *Adjustment) any { return e.At },
	"run_id":       func(e *Entry, _ *Adjustment) any { return e.Run },
	"reason":       func(e *Entry, _ *Adjustment) any { return e.Reason },
	"book_read_on": func(e *Entry, _ *Adjustment) any { return e.BookReadOn },

	"cost_before":          func(_ *Entry, a *Adjustment) any { return decimal(a.Before.Cost) },
	"cost_currency_before": func(_ *Entry, a *Adjustment) any { return a.Before.Currency },
	"cost_status_before":   func(_ *Entry, a *Adjustment) any { return a.Before.Status },
	"price_id_before":      func(_ *Entry, a *Adjustment) any { return a.Before.PriceID },

	"cost_after":           func(_ *Entry, a *Adjustment) any { return decimal(a.After.Cost) },
	"cost_currency_after":  func(_ *Entry, a *Adjustment) any { return a.After.Currency },
	"cost_status_after":    func(_ *Entry, a *Adjustment) any { return a.After.Status },
	"price_id_after":       func(_ *Entry, a *Adjustment) any { return a.After.PriceID },
	"price_source":         func(_ *Entry, a *Adjustment) any { return a.After.PriceSource },
	"price_effective_from": func(_ *Entry, a *Adjustment) any { return a.After.EffectiveFrom },
	"cost_input":           func(_ *Entry, a *Adjustment) any { return decimal(a.After.Parts.Input) },
	"cost_cache_read":      func(_ *Entry, a *Adjustment) any { return decimal(a.After.Parts.CacheRead) },
	"cost_cache_write":     func(_ *Entry, a *Adjustment) any { return decimal(a.After.Parts.CacheWrite) },
	"cost_output":          func(_ *Entry, a *Adjustment) any { return decimal(a.After.Parts.Output) },
	"cost_fees":            func(_ *Entry, a *Adjustment) any { return decimal(a.After.Parts.Fees) },
	"cost_computed":        func(_ *Entry, a *Adjustment) any { return decimal(a.After.Computed) },
	"cost_unpriced":        func(_ *Entry, a *Adjustment) any { return append([]string{}, a.After.Unpriced...) },
}

// decimal is an amount as the driver takes it; nil is NULL.
func decimal(a pricing.Amount) *string {
	if !a.Known {
		return nil
	}
	text := a.String()
	return &text
}
