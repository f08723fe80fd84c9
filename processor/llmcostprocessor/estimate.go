package llmcostprocessor

import (
	"cmp"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/estimate"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/valuetext"
)

// withoutUsage is the status of a call without counts: that it has an estimate, where one was asked for and can be made.
func (p *costProcessor) withoutUsage(w *worker, e *genai.Entry, attrs pcommon.Map) pricing.Status {
	if !p.cfg.Estimate.Enabled || e.Call.UsageRole != semconv.UsageRoleCall || e.Call.Outcome == semconv.OutcomeError {
		return pricing.StatusNoUsage
	}
	reason := p.estimate(e, attrs)
	w.tally.estimated(e.Call.Provider, reason)
	if reason != "" {
		return pricing.StatusNoUsage
	}
	return pricing.StatusEstimated
}

// estimate writes what a call without counts may have cost, beside and never in the place of a cost. When it cannot be told, it writes
// nothing and says why. It needs the messages, so it runs before a content policy removes them.
func (p *costProcessor) estimate(e *genai.Entry, attrs pcommon.Map) estimate.Reason {
	c := &e.Call
	if c.Role != semconv.RoleLLM {
		return estimate.NotAChat
	}
	if _, ok := attrs.Get(semconv.GenAIRequestPreviousResponseID); ok {
		return estimate.ServerHistory
	}
	content := estimate.Content{
		Input: contentOf(attrs, semconv.GenAIInputMessages), Output: contentOf(attrs, semconv.GenAIOutputMessages),
		System: contentOf(attrs, semconv.GenAISystemInstructions), Tools: contentOf(attrs, semconv.GenAIToolDefinitions),
	}
	tokens, reason := estimate.Of(cmp.Or(c.ResponseModel, c.RequestModel), &content, p.cfg.Estimate.MaxBytes)
	if reason != "" {
		return reason
	}
	if c.Usage.MissingReason == semconv.UsageMissingReasonStreamAborted {
		tokens.Output.Open = true // what was generated after the end that we see is paid for too
	}
	priced := costing.Of(c, e.Tenant, callTime(e.Span))
	priced.Reported = pricing.Reported{} // somebody else's figure is stored as such
	cost, reason := priceEstimate(p.pricer, &priced, &tokens)
	if reason != "" {
		return reason
	}
	attrs.PutInt(semconv.WatchLLMUsageEstimatedInputTokens, tokens.Input.Mid)
	attrs.PutInt(semconv.WatchLLMUsageEstimatedOutputTokens, tokens.Output.Mid)
	attrs.PutStr(semconv.WatchLLMUsageEstimatedMethod, tokens.Method)
	attrs.PutStr(semconv.WatchLLMCostStatus, string(pricing.StatusEstimated))
	attrs.PutStr(semconv.WatchLLMCostEstimatedAmount, cost.mid.String())
	attrs.PutStr(semconv.WatchLLMCostEstimatedLow, cost.low.String())
	putAmount(attrs, semconv.WatchLLMCostEstimatedHigh, cost.high)
	return ""
}

// contentOf is a content attribute as JSON; clients send it as such or as a list.
func contentOf(attrs pcommon.Map, key string) string {
	v, ok := attrs.Get(key)
	switch {
	case !ok:
		return ""
	case v.Type() == pcommon.ValueTypeStr:
		return v.Str()
	default:
		return valuetext.Of(v)
	}
}

// estimatedCost is what a call may have cost; high is unknown where nothing bounds it.
type estimatedCost struct{ low, mid, high pricing.Amount }

// cacheable is how long a prompt is that a provider may have cached. The shortest that any caches is 64 tokens.
const cacheable = 64

// priceEstimate prices the three counts. The bounds hold whatever the cache did: the least that a prompt can cost is what it costs when
// all of it was read from the cache, the most when all of it was written there to stay.
func priceEstimate(book costing.Pricer, call *costing.Call, t *estimate.Tokens) (estimatedCost, estimate.Reason) {
	price := func(input, output int64, cache func(*pricing.Usage)) (pricing.Amount, estimate.Reason) {
		c := *call
		c.LowerBound = false
		c.Usage = pricing.Usage{Input: pricing.KnownCount(input), Output: pricing.KnownCount(output)}
		if cache != nil {
			cache(&c.Usage)
		}
		r := c.Price(book)
		switch {
		case r.Status == pricing.StatusUnknownModel:
			return pricing.Amount{}, estimate.UnknownModel
		case r.Status == pricing.StatusPartial || !r.Amount.Known:
			return pricing.Amount{}, estimate.NoPrice
		}
		return r.Amount, ""
	}
	var cost estimatedCost
	var reason estimate.Reason
	if cost.mid, reason = price(t.Input.Mid, t.Output.Mid, nil); reason != "" {
		return cost, reason
	}
	if cost.low, reason = price(t.Input.Low, t.Output.Low, nil); reason != "" {
		return cost, reason
	}
	if t.Input.High >= cacheable {
		read := func(u *pricing.Usage) { u.CacheRead = u.Input }
		if amount, none := price(t.Input.Low, t.Output.Low, read); none == "" && amount.Pico < cost.low.Pico {
			cost.low = amount
		}
	}
	if t.Input.Open || t.Output.Open {
		return cost, ""
	}
	if cost.high, reason = price(t.Input.High, t.Output.High, nil); reason != "" {
		return cost, reason
	}
	if t.Input.High >= cacheable {
		written := func(u *pricing.Usage) { u.CacheWrite, u.CacheWrite1h = u.Input, u.Input }
		if amount, none := price(t.Input.High, t.Output.High, written); none == "" && amount.Pico > cost.high.Pico {
			cost.high = amount
		}
	}
	return cost, ""
}
