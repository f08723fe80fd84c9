package llmcostprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// price writes what the span's usage cost and returns the status. A figure says what the row says, whether it counts says the usage
// role: a row whose role is corrected later has its price already.
func (p *costProcessor) price(e *genai.Entry, attrs pcommon.Map) pricing.Status {
	c := &e.Call
	if c.UsageRole == semconv.UsageRoleNone {
		return ""
	}
	reported := reportedAmount(&c.Reported)
	if reported.Known {
		attrs.PutStr(semconv.WatchLLMCostReported, reported.String())
	}
	switch {
	case !c.Usage.Any() && c.UsageRole != semconv.UsageRoleCall:
		return ""
	case !c.Usage.Any():
		attrs.PutStr(semconv.WatchLLMCostStatus, string(pricing.StatusNoUsage))
		return pricing.StatusNoUsage
	}
	// A bill of nothing is not taken for one: a payload could make any call free, and clients send 0 for unknown. It is kept beside ours.
	result := p.pricer.Price(&pricing.Call{
		Provider:      c.Provider,
		RequestModel:  c.RequestModel,
		ResponseModel: c.ResponseModel,
		Operation:     c.Operation,
		ServerAddress: c.ServerAddress,
		ServiceTier:   c.ServiceTier,
		Batch:         c.Batch,
		Speed:         c.Speed,
		Time:          callTime(e.Span),
		Usage:         usageOf(&c.Usage),
		Reported:      pricing.Reported{Amount: reported, Currency: c.Reported.Currency, Authoritative: c.Reported.Provider && reported.Pico > 0},
	})
	if c.Usage.Basis == semconv.UsageBasisUncachedOnlyLowerBound {
		lowerBound(&result)
	}
	if !c.IsModel() {
		sumOfCalls(&result)
	}
	writeResult(attrs, &result)
	return result.Status
}

// sumOfCalls says of a price that it was computed as if a sum were one call: prices that depend on the size of a call may not add up.
func sumOfCalls(r *pricing.Result) {
	if r.Status == pricing.StatusExact {
		r.Status, r.Assumed = pricing.StatusAssumed, assumedAggregate
	}
}

const assumedAggregate = "aggregate"

// lowerBound says of a price that input was left out of it which the client does not report.
func lowerBound(r *pricing.Result) {
	if r.Status == pricing.StatusExact || r.Status == pricing.StatusAssumed {
		r.Status, r.Unpriced = pricing.StatusPartial, unreportedInput
	}
}

var unreportedInput = []string{"input"}

func usageOf(u *genai.Usage) pricing.Usage {
	return pricing.Usage{
		Input:          pricing.Count(u.Input),
		Output:         pricing.Count(u.Output),
		CacheRead:      pricing.Count(u.CacheRead),
		CacheWrite:     pricing.Count(u.CacheWrite),
		CacheWrite5m:   pricing.Count(u.CacheWrite5m),
		CacheWrite1h:   pricing.Count(u.CacheWrite1h),
		Reasoning:      pricing.Count(u.Reasoning),
		AudioInput:     pricing.Count(u.AudioInput),
		AudioCacheRead: pricing.Count(u.AudioCacheRead),
		AudioOutput:    pricing.Count(u.AudioOutput),
		ImageInput:     pricing.Count(u.ImageInput),
		ImageOutput:    pricing.Count(u.ImageOutput),
	}
}

// reportedAmount is the client's figure when it is one in dollars: it is stored without a currency, beside ours.
func reportedAmount(r *genai.Reported) pricing.Amount {
	switch {
	case !r.Known || r.Currency != "" && r.Currency != "USD":
		return pricing.Amount{}
	case r.Text != "":
		a, err := pricing.ParseAmount(r.Text)
		if err != nil {
			return pricing.Amount{}
		}
		return a
	default:
		return pricing.AmountFromFloat64(r.Float)
	}
}

func writeResult(attrs pcommon.Map, r *pricing.Result) {
	attrs.PutStr(semconv.WatchLLMCostStatus, r.StatusText())
	if r.Amount.Known {
		attrs.PutStr(semconv.WatchLLMCostAmount, r.Amount.String())
		attrs.PutDouble(semconv.GenAIUsageCostAmount, r.Amount.Float64())
		attrs.PutStr(semconv.GenAIUsageCostCurrency, r.Currency)
		attrs.PutStr(semconv.GenAIUsageCostSource, costSource(r.Status))
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
