package llmtenantprocessor

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
)

// otherTenants is what all tenants are called that have no metrics of their own. No tenant can have this name.
const otherTenants = "_other"

// series are one tenant's metrics of one signal, with the labels ready so that counting costs no memory.
type series struct {
	telemetry *metadata.TelemetryBuilder
	tenant    []metric.AddOption
	observe   []metric.ObserveOption
	refusals  [reasons][]metric.AddOption
	inFlight  atomic.Int64
}

func newSeries(telemetry *metadata.TelemetryBuilder, signal, tenant string) *series {
	labels := []attribute.KeyValue{attribute.String("signal", signal), attribute.String("tenant", tenant)}
	set := metric.WithAttributeSet(attribute.NewSet(labels...))
	s := &series{telemetry: telemetry, tenant: []metric.AddOption{set}, observe: []metric.ObserveOption{set}}
	for r := range reasons {
		with := append([]attribute.KeyValue{attribute.String("reason", r.String())}, labels...)
		s.refusals[r] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(with...))}
	}
	return s
}

func (s *series) refused(ctx context.Context, why reason, items, bytes int) {
	s.telemetry.ProcessorLlmTenantRefusedItems.Add(ctx, int64(items), s.refusals[why]...)
	if bytes > 0 {
		s.telemetry.ProcessorLlmTenantRefusedBytes.Add(ctx, int64(bytes), s.refusals[why]...)
	}
}

func (s *series) stamped(ctx context.Context, items, bytes int) {
	s.telemetry.ProcessorLlmTenantStampedItems.Add(ctx, int64(items), s.tenant...)
	if bytes > 0 {
		s.telemetry.ProcessorLlmTenantStampedBytes.Add(ctx, int64(bytes), s.tenant...)
	}
}

// allSeries are those of a bounded number of tenants: the ones with limits of their own, and then whoever comes first.
type allSeries struct {
	telemetry *metadata.TelemetryBuilder
	signal    string
	room      int
	// nobody is whoever was refused before a tenant was known.
	nobody, others *series

	mu       sync.RWMutex
	byTenant map[string]*series
}

func newAllSeries(telemetry *metadata.TelemetryBuilder, signal string, cfg *Config) *allSeries {
	a := &allSeries{
		telemetry: telemetry, signal: signal, room: cfg.MetricTenants, byTenant: map[string]*series{},
		nobody: newSeries(telemetry, signal, ""), others: newSeries(telemetry, signal, otherTenants),
	}
	for name := range cfg.Limits.Tenants {
		a.of(name)
	}
	return a
}

func (a *allSeries) of(tenant string) *series {
	a.mu.RLock()
	s, full := a.byTenant[tenant], len(a.byTenant) >= a.room
	a.mu.RUnlock()
	switch {
	case s != nil:
		return s
	case full:
		return a.others
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.byTenant[tenant]; s != nil {
		return s
	}
	if len(a.byTenant) >= a.room {
		return a.others
	}
	s = newSeries(a.telemetry, a.signal, tenant)
	a.byTenant[tenant] = s
	return s
}

func (a *allSeries) observeInFlight(_ context.Context, o metric.Int64Observer) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, s := range a.byTenant {
		o.Observe(s.inFlight.Load(), s.observe...)
	}
	o.Observe(a.others.inFlight.Load(), a.others.observe...)
	return nil
}
