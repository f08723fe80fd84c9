package llmcostprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// costed is what a span cost, for the counters.
type costed struct {
	status             pricing.Status // empty when there was nothing to price
	reported, computed pricing.Amount
}

// price writes what the span's usage cost. A figure says what the row says, whether it counts says the usage
// role: a row whose role is corrected later has its price already.
func (p *costProcessor) price(w *worker, e *genai.Entry, attrs pcommon.Map) costed {
	c := &e.Call
	if c.UsageRole == semconv.UsageRoleNone {
		return costed{}
	}
	w.priced = costing.Of(c, e.Tenant, callTime(e.Span))
	call := &w.priced
	reported := call.Reported.Amount
	if reported.Known {
		attrs.PutStr(semconv.WatchLLMCostReported, reported.String())
	} else {
		attrs.Remove(semconv.WatchLLMCostReported)
	}
	if c.UsageRole != semconv.UsageRoleCall && call.Nothing() {
		return costed{}
	}
	call.Reported.Authoritative = call.Reported.Authoritative && p.cfg.TrustBills
	result := call.Price(p.pricer)
	writeResult(attrs, &result)
	return costed{status: result.Status, reported: reported, computed: result.Computed}
}

func writeResult(attrs pcommon.Map, r *pricing.Result) {
	attrs.PutStr(semconv.WatchLLMCostStatus, r.StatusText())
	if r.Amount.Known {
		attrs.PutStr(semconv.WatchLLMCostAmount, r.Amount.String())
		attrs.PutDouble(semconv.GenAIUsageCostAmount, r.Amount.Float64())
		attrs.PutStr(semconv.GenAIUsageCostCurrency, r.Currency)
		attrs.PutStr(semconv.GenAIUsageCostSource, costSource(r.Status))
	}
	if r.Status == pricing.StatusProviderReported {
		putAmount(attrs, semconv.WatchLLMCostComputed, r.Computed)
	}
	putAmount(attrs, semconv.WatchLLMCostInput, r.Components.Input)
	putAmount(attrs, semconv.WatchLLMCostCacheRead, r.Components.CacheRead)
	putAmount(attrs, semconv.WatchLLMCostCacheWrite, r.Components.CacheWrite)
	putAmount(attrs, semconv.WatchLLMCostOutput, r.Components.Output)
	putAmount(attrs, semconv.WatchLLMCostFees, r.Components.Fees)
	putText(attrs, semconv.WatchLLMPriceID, r.PriceID)
	putText(attrs, semconv.WatchLLMPriceSource, r.PriceSource)
	putText(attrs, semconv.WatchLLMPriceEffectiveFrom, r.EffectiveFrom)
	if len(r.Unpriced) > 0 {
		list := attrs.PutEmptySlice(semconv.WatchLLMCostUnpriced)
		for _, unit := range r.Unpriced {
			list.AppendEmpty().SetStr(unit)
		}
	}
}

func costSource(s pricing.Status) string {
	if s == pricing.StatusProviderReported {
		return "provider"
	}
	return "local"
}

func putAmount(attrs pcommon.Map, key string, a pricing.Amount) {
	if a.Known {
		attrs.PutStr(key, a.String())
	}
}

func putText(attrs pcommon.Map, key, value string) {
	if value != "" {
		attrs.PutStr(key, value)
	}
}
