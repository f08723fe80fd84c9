package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReportedCost(t *testing.T) {
	usage := attrs{"gen_ai.usage.input_tokens": 1}
	with := func(key string, v any) attrs { a := chat(usage); a[key] = v; return a }
	assert.Equal(t, Reported{Float: 0.0043, Known: true}, readUnder(t, "x", with("gen_ai.usage.cost", 0.0043)).Reported)
	assert.Equal(t, Reported{Float: 0.5, Text: "0.50", Known: true}, readUnder(t, "x", with("watchllm.cost.reported", "0.50")).Reported)
	assert.Equal(t, Reported{Float: 0.5, Known: true}, readUnder(t, "x", with("gen_ai.usage.cost.amount", 0.5)).Reported,
		"a cost under our own name is a report, too")
	billed := with("gen_ai.usage.cost.amount", 0.5)
	billed["gen_ai.usage.cost.source"], billed["gen_ai.usage.cost.currency"] = "provider", "EUR"
	assert.Equal(t, Reported{Float: 0.5, Known: true, Provider: true, Currency: "EUR"}, readUnder(t, "x", billed).Reported)
	assert.False(t, readUnder(t, "x", with("gen_ai.usage.cost", -1.0)).Reported.Known)
	assert.False(t, readUnder(t, "x", with("gen_ai.usage.cost", "free")).Reported.Known)
	assert.False(t, readUnder(t, "x", chat(attrs{"gen_ai.usage.cost": 0.0})).Reported.Known, "nothing to compute from is not a free call")
	assert.True(t, readUnder(t, "x", with("gen_ai.usage.cost", 0.0)).Reported.Known)
}
