package llmcostprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

// fakePricer knows the models of one list and charges 1 micro-dollar for an input token, a tenth for a cache read, five times as
// much for output: figures a reader can check by head, and that no price change moves.
type fakePricer struct{ models map[string]bool }

func newFakePricer() *fakePricer {
	return &fakePricer{models: map[string]bool{
		"gpt-4": true, "gpt-5-mini": true, "gpt-5-mini-2026-03-01": true, "claude-sonnet-4-5": true, "gemini-3-pro": true,
		"text-embedding-3-small": true,
	}}
}

func (f *fakePricer) Price(c *pricing.Call) pricing.Result {
	if !c.Usage.Input.Known && !c.Usage.Output.Known {
		return pricing.Result{Status: pricing.StatusNoUsage}
	}
	if !f.models[c.ResponseModel] && !f.models[c.RequestModel] {
		return pricing.Result{Status: pricing.StatusUnknownModel}
	}
	const micro = 1_000_000
	u := &c.Usage
	parts := pricing.Components{
		Input:  pricing.USD(micro * (u.Input.N - u.CacheRead.N - u.CacheWrite.N)),
		Output: pricing.USD(5 * micro * u.Output.N),
	}
	if u.CacheRead.Known {
		parts.CacheRead = pricing.USD(micro / 10 * u.CacheRead.N)
	}
	if u.CacheWrite.Known {
		parts.CacheWrite = pricing.USD(micro * u.CacheWrite.N)
	}
	return pricing.Result{
		Status:     pricing.StatusExact,
		Amount:     pricing.USD(parts.Input.Pico + parts.Output.Pico + parts.CacheRead.Pico + parts.CacheWrite.Pico),
		Components: parts, Currency: "USD", PriceID: "fake/" + c.RequestModel, PriceSource: "https://prices.example", EffectiveFrom: "2026-01-01",
	}
}

// newTestProcessor is the real processor with the fake price list, and its own metrics to look at.
func newTestProcessor(t testing.TB, cfg *Config) (*costProcessor, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	set := processortest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	p, err := newCostProcessor(set, cfg)
	require.NoError(t, err)
	p.pricer = newFakePricer()
	require.NoError(t, p.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, p.shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	return p, tel
}

func process(t testing.TB, p *costProcessor, td ptrace.Traces) ptrace.Traces {
	t.Helper()
	out, err := p.processTraces(context.Background(), td)
	require.NoError(t, err)
	return out
}

func allSpans(td ptrace.Traces) []ptrace.Span {
	var out []ptrace.Span
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				out = append(out, span)
			}
		}
	}
	return out
}
