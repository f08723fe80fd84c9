package rerate

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

func TestSame(t *testing.T) {
	usd := func(n int64) pricing.Amount { return pricing.USD(n) }
	for name, tc := range map[string]struct {
		a, b State
		same bool
	}{
		"equal":                                {State{Cost: usd(5), Currency: "USD", Status: "exact"}, State{Cost: usd(5), Currency: "USD", Status: "exact"}, true},
		"no currency is dollars":               {State{Cost: usd(5), Status: "exact"}, State{Cost: usd(5), Currency: "USD", Status: "exact"}, true},
		"another price record":                 {State{Cost: usd(5), Status: "exact", PriceID: "a"}, State{Cost: usd(5), Status: "exact", PriceID: "b"}, true},
		"another amount":                       {State{Cost: usd(5), Status: "exact"}, State{Cost: usd(6), Status: "exact"}, false},
		"another currency":                     {State{Cost: usd(5), Currency: "EUR", Status: "exact"}, State{Cost: usd(5), Currency: "USD", Status: "exact"}, false},
		"nothing and zero":                     {State{Status: "unknown_model"}, State{Cost: usd(0), Status: "local"}, false},
		"another status":                       {State{Cost: usd(5), Status: "assumed:region"}, State{Cost: usd(5), Status: "exact"}, false},
		"an estimate is no measured cost":      {State{Status: "estimated"}, State{Status: "no_usage"}, true},
		"an estimated call that costs nothing": {State{Status: "estimated"}, State{Cost: usd(0), Status: "local"}, false},
	} {
		assert.Equal(t, tc.same, tc.a.Same(&tc.b), name)
		assert.Equal(t, tc.same, tc.b.Same(&tc.a), name)
	}
}

// A duplicate that reports a part of its usage only was booked without a price, and is no call that lacks one.
func TestNothingToPrice(t *testing.T) {
	book, err := pricing.Default()
	require.NoError(t, err)
	read := uint64(500)
	c := Call{Row: costing.Row{Role: semconv.RoleLLM, UsageRole: semconv.UsageRoleDuplicate, Provider: "openai", RequestModel: "gpt-4o", CacheRead: &read}}
	_, ok := Decide(&c, book)
	assert.False(t, ok)
	c.UsageRole = semconv.UsageRoleCall
	a, ok := Decide(&c, book)
	assert.True(t, ok)
	assert.Equal(t, string(pricing.StatusNoUsage), a.After.Status)
}
