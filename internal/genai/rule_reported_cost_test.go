package genai

import (
	"math"
	"strings"
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

// Providers that bill in their answers: their figure counts, whoever hands it on, and nobody else's does.
func TestBills(t *testing.T) {
	for _, tc := range []struct {
		name, provider, server, usage string
		text                          string
		bill                          bool
	}{
		{"OpenRouter", "openrouter", "", `{"prompt_tokens":10,"cost":0.00123,"cost_details":{"upstream_inference_cost":0.5}}`, "0.00123", true},
		{"OpenRouter behind OpenAI's client", "openai", "openrouter.ai", `{"prompt_tokens":10,"cost":0.00123}`, "0.00123", true},
		{"OpenRouter, by its shape", "openai", "", `{"prompt_tokens":10,"cost":1e-3,"is_byok":false}`, "1e-3", true},
		{"OpenRouter with the user's own key: its fee", "openrouter", "", `{"prompt_tokens":10,"cost":0.00123,"is_byok":true}`, "0.00123", true},
		{"OpenRouter, free", "openrouter", "", `{"prompt_tokens":10,"cost":0}`, "", false},
		{"OpenRouter, negative", "openrouter", "", `{"prompt_tokens":10,"cost":-1}`, "", false},
		{"anyone's cost", "openai", "", `{"prompt_tokens":10,"cost":0.00123}`, "", false},
		{"Perplexity", "perplexity", "", `{"prompt_tokens":10,"cost":{"input_tokens_cost":0.0005,"request_cost":0.005,"total_cost":0.0063}}`, "0.0063", true},
		{"xAI", "x_ai", "", `{"prompt_tokens":10,"cost_in_usd_ticks":37756000}`, "0.0037756000", true},
		{"xAI, dear", "x_ai", "", `{"prompt_tokens":10,"cost_in_usd_ticks":123456789012}`, "12.3456789012", true},
		{"xAI, nonsense", "x_ai", "", `{"prompt_tokens":10,"cost_in_usd_ticks":1.5}`, "", false},
		{"DeepInfra", "deepinfra", "", `{"prompt_tokens":10,"estimated_cost":0.0000077}`, "0.0000077", true},
		{"anyone's estimate", "together_ai", "", `{"prompt_tokens":10,"estimated_cost":0.0000077}`, "", false},
	} {
		c := readUnder(t, "x", chat(attrs{"gen_ai.provider.name": tc.provider, "server.address": tc.server, "gen_ai.usage.raw": tc.usage}))
		assert.Equal(t, tc.text, c.Reported.Text, tc.name)
		assert.Equal(t, tc.bill, c.Reported.Provider, tc.name)
	}
	c := readUnder(t, "x", chat(attrs{"gen_ai.provider.name": "openrouter", "gen_ai.usage.raw": `{"cost":0.5}`, "gen_ai.usage.cost": 9.0}))
	assert.Equal(t, Reported{Float: 0.5, Text: "0.5", Known: true, Provider: true}, c.Reported, "a bill comes before an estimate")
	c = readUnder(t, "x", chat(attrs{"gen_ai.usage.cost.amount": 0.5, "gen_ai.usage.cost.source": "provider", "operation.cost": 9.0}))
	assert.Equal(t, Reported{Float: 0.5, Known: true, Provider: true}, c.Reported, "also one that is marked as such")

	estimate := attrs{"gen_ai.provider.name": "openrouter", "gen_ai.usage.input_tokens": 1}
	estimate["metadata.usage_object"], estimate["hidden_params"] = `{"prompt_tokens":1,"cost":0.7}`, `{"response_cost": 0.7}`
	c = readUnder(t, "litellm", chat(estimate))
	assert.True(t, c.Reported.Known)
	assert.False(t, c.Reported.Provider, "LiteLLM writes its own estimate into the object")

	c = readUnder(t, "openrouter", chat(attrs{
		"gen_ai.usage.input_tokens": 1, "gen_ai.usage.total_cost": 0.02, "trace.metadata.openrouter.provider_slug": "google-ai-studio",
	}))
	assert.Equal(t, Reported{Float: 0.02, Known: true, Provider: true}, c.Reported, "OpenRouter's own span")

	wire := func(provider string) Reported {
		return readUnder(t, "helicone", attrs{
			"helicone.provider": provider, "helicone.request.model": "m", "helicone.response.usage.prompt_tokens": 3, "helicone.response.usage.cost": 0.002,
		}).Reported
	}
	assert.True(t, wire("openrouter").Provider)
	assert.Equal(t, Reported{Float: 0.002, Known: true}, wire("openai"))
}

// A cost is a decimal number of dollars that a call can cost; what a parser makes of anything else is nobody's figure.
func TestCostsThatAreNone(t *testing.T) {
	for _, v := range []any{
		"0x1p3", "1_000", "1,5", "∞", "inf", "NaN", "1e400", "1e6", "1e12", "-1", "+-1", "", " ", "٣", strings.Repeat("1", 1<<20),
		"0." + strings.Repeat("0", 1<<20) + "1", math.Inf(1), math.NaN(), -0.5, 1e6, int64(math.MaxInt64), true, []any{1}, map[string]any{"a": 1},
	} {
		for _, key := range []string{"watchllm.cost.reported", "gen_ai.usage.cost.amount", "gen_ai.usage.cost"} {
			a := chat(attrs{"gen_ai.usage.input_tokens": 1, key: v, "gen_ai.usage.cost.source": "provider"})
			c := readUnder(t, "x", a)
			assert.False(t, c.Reported.Known, "%s: %.20v", key, v)
		}
	}
	c := readUnder(t, "x", chat(attrs{
		"gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost.amount": " 1.5\n", "gen_ai.usage.cost.currency": "usd", "gen_ai.usage.cost.source": "provider",
	}))
	assert.Equal(t, Reported{Float: 1.5, Text: "1.5", Known: true, Provider: true, Currency: "USD"}, c.Reported)
}

// The name of a reported cost is of dollars; what came in another currency is kept beside its code, and compared with nothing.
func TestReportedCostInAnotherCurrency(t *testing.T) {
	out := rewrite(t, "x", chat(attrs{"watchllm.cost.reported": "1.000000000001", "gen_ai.usage.cost.currency": "eur"}), false)
	assert.NotContains(t, out, "watchllm.cost.reported")
	assert.Equal(t, "1.000000000001", out["watchllm.native.cost.amount"])
	assert.Equal(t, "EUR", out["watchllm.native.cost.currency"])
	out = rewrite(t, "x", chat(attrs{"gen_ai.usage.cost": 0.5, "gen_ai.usage.cost.currency": "USD"}), false)
	assert.NotContains(t, out, "watchllm.native.cost.amount")
}
