package rerate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/pricing"
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
