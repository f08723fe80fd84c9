package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestForgedClaimsAreRemoved(t *testing.T) {
	forged := attrs{
		"watchllm.cost.amount": "0", "watchllm.cost.status": "free", "watchllm.price.id": "mine", "watchllm.usage.role": "none",
		"watchllm.role": "other", "watchllm.usage.basis": "includes_cache", "watchllm.outcome": "ok", "gen_ai.usage.cost.amount": 0.0,
		"gen_ai.usage.cost.source": "provider", "gen_ai.usage.cost.currency": "USD", "watchllm.usage.flags": []any{"x"},
	}
	for _, a := range []attrs{chat(forged), forged} {
		span := spanWith(t, a)
		var r Reader
		var c Call
		s := NewScope("x", "")
		r.Read(span, &s, &c)
		for key := range span.Attributes().All() {
			require.NotContains(t, forged, key)
		}
	}
	kept := rewrite(t, "x", chat(attrs{"watchllm.user.id": "u", "watchllm.native.id": "n"}), false)
	assert.Equal(t, "u", kept["watchllm.user.id"])
	assert.Equal(t, "n", kept["watchllm.native.id"])
}

func TestForgedDialectStillCannotClaimCost(t *testing.T) {
	out := rewrite(t, "x", chat(attrs{
		"watchllm.dialect": "gen_ai", "watchllm.role": "llm", "watchllm.cost.amount": "0", "watchllm.cost.status": "free",
		"watchllm.price.id": "mine", "watchllm.usage.role": "none", "gen_ai.usage.cost.amount": 0.0,
	}), false)
	assert.Equal(t, "call", out["watchllm.usage.role"])
	for _, key := range []string{"watchllm.cost.amount", "watchllm.cost.status", "watchllm.price.id", "gen_ai.usage.cost.amount"} {
		assert.NotContains(t, out, key)
	}
}

func TestEventsKeepWhatTheReceiverSays(t *testing.T) {
	event := chat(attrs{
		"gen_ai.provider.name": "anthropic", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.cache_read.input_tokens": 900,
		"watchllm.usage.basis": "excludes_cache_corrected", "watchllm.usage.flags": []any{"string_count"}, "watchllm.usage.standalone": true,
		"watchllm.usage.role": "none", "watchllm.cost.reported": "0.01", "gen_ai.usage.cost.currency": "USD",
	})
	c := readUnder(t, "watchllm.events@1", event)
	assert.Equal(t, "watchllm_events", c.Dialect)
	assert.Equal(t, known(1037), c.Usage.Input)
	assert.Equal(t, "excludes_cache_corrected", c.Usage.Basis)
	assert.Equal(t, FlagStringCount, c.Usage.Flags)
	assert.Equal(t, "call", c.UsageRole)
	assert.Equal(t, Reported{Float: 0.01, Text: "0.01", Known: true, Currency: "USD"}, c.Reported)
	assert.Equal(t, true, rewrite(t, "watchllm.events@1", event, false)["watchllm.usage.standalone"])

	elsewhere := readUnder(t, "someone.else", event)
	assert.Zero(t, elsewhere.Usage.Flags, "only the receiver's word is taken")
}
