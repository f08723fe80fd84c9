package llmqueryextension

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// estimated is what a group of calls without a cost may have cost: exact decimal strings in US dollars, in no other sum.
type estimated struct {
	// Calls have an estimate and, on the basis that was asked for, no cost.
	Calls  uint64 `json:"calls"`
	Amount string `json:"amount"`
	// Low and High bound the amount of all these calls; null when one of them has no such bound.
	Low  *string `json:"low"`
	High *string `json:"high"`
}

// estimatedSums are the columns that an estimate of a group is made from.
type estimatedSums struct {
	EstimatedCalls  uint64  `ch:"estimated_calls"`
	EstimatedAmount *string `ch:"estimated_total"`
	EstimatedLow    *string `ch:"estimated_low"`
	EstimatedHigh   *string `ch:"estimated_high"`
}

// estimated is null without estimated calls.
func (s *estimatedSums) estimated() *estimated {
	if s.EstimatedCalls == 0 || s.EstimatedAmount == nil {
		return nil
	}
	return &estimated{s.EstimatedCalls, *s.EstimatedAmount, s.EstimatedLow, s.EstimatedHigh}
}

// estimateAdder adds up the estimates of spans as the statements do.
type estimateAdder struct {
	calls             uint64
	amount, low, high decimalSum
	noLow, noHigh     bool
}

func (e *estimateAdder) add(r *spanRow) {
	if !r.isCall() || !r.isEstimated() {
		return
	}
	e.calls++
	e.amount.add(r.CostEstimated)
	e.low.add(r.CostEstimatedLow)
	e.high.add(r.CostEstimatedHigh)
	e.noLow = e.noLow || r.CostEstimatedLow == nil
	e.noHigh = e.noHigh || r.CostEstimatedHigh == nil
}

func (e *estimateAdder) estimated() *estimated {
	sums := estimatedSums{EstimatedCalls: e.calls, EstimatedAmount: e.amount.text()}
	if !e.noLow {
		sums.EstimatedLow = e.low.text()
	}
	if !e.noHigh {
		sums.EstimatedHigh = e.high.text()
	}
	return sums.estimated()
}

// nodeEstimated is what one span may have cost, by estimated counts.
type nodeEstimated struct {
	Amount string              `json:"amount"`
	Low    *string             `json:"low"`
	High   *string             `json:"high"`
	Method *string             `json:"method"`
	Tokens nodeEstimatedTokens `json:"tokens"`
}

type nodeEstimatedTokens struct {
	Input  *int64 `json:"input"`
	Output *int64 `json:"output"`
}

// isEstimated is false for a call that has a cost on the basis that was asked for: a correction may have found one since.
func (r *spanRow) isEstimated() bool { return r.Cost == nil && r.CostEstimated != nil }

func (r *spanRow) estimated() *nodeEstimated {
	if !r.isEstimated() {
		return nil
	}
	return &nodeEstimated{
		Amount: *r.CostEstimated, Low: r.CostEstimatedLow, High: r.CostEstimatedHigh, Method: orNull(r.EstimatedMethod),
		Tokens: nodeEstimatedTokens{r.EstimatedInput, r.EstimatedOutput},
	}
}

// estimateColumns selects what spanRow keeps of an estimate; the table has the alias s. Counts and method have no columns of their own.
func estimateColumns() string {
	count := func(key, as string) string {
		return "if(mapContains(attributes_int, '" + key + "'), attributes_int['" + key + "'], NULL) AS " + as
	}
	return strings.Join([]string{
		"toString(s.cost_estimated) AS cost_estimated",
		"toString(s.cost_estimated_low) AS cost_estimated_low",
		"toString(s.cost_estimated_high) AS cost_estimated_high",
		count(semconv.WatchLLMUsageEstimatedInputTokens, "estimated_input_tokens"),
		count(semconv.WatchLLMUsageEstimatedOutputTokens, "estimated_output_tokens"),
		"attributes_string['" + semconv.WatchLLMUsageEstimatedMethod + "'] AS estimated_method",
	}, ", ")
}
