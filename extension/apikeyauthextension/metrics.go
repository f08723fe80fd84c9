package apikeyauthextension

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// metrics holds the labels of every outcome ready, so that counting a request costs no memory.
type metrics struct {
	telemetry *metadata.TelemetryBuilder
	requests  map[reason][]metric.AddOption
	lookups   map[introspect.Outcome][]metric.AddOption
}

func newMetrics(set component.TelemetrySettings) (*metrics, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set)
	m := &metrics{telemetry: telemetry, requests: map[reason][]metric.AddOption{}, lookups: map[introspect.Outcome][]metric.AddOption{}}
	for _, r := range reasons {
		result := "refused"
		if r == reasonOK {
			result = "accepted"
		}
		m.requests[r] = labels(attribute.String("result", result), attribute.String("reason", string(r)))
	}
	for _, o := range introspect.Outcomes {
		m.lookups[o] = labels(attribute.String("outcome", string(o)))
	}
	return m, err
}

func labels(kv ...attribute.KeyValue) []metric.AddOption {
	return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(kv...))}
}

func (m *metrics) request(ctx context.Context, r reason) {
	m.telemetry.ExtensionAPIKeyAuthRequests.Add(ctx, 1, m.requests[r]...)
}

// wrongRole counts a key that got in and that a door behind refused.
func (m *metrics) wrongRole(ctx context.Context, _ tenancy.Role) { m.request(ctx, reasonWrongRole) }

func (m *metrics) introspection(ctx context.Context, o introspect.Outcome) {
	m.telemetry.ExtensionAPIKeyAuthIntrospections.Add(ctx, 1, m.lookups[o]...)
}

func (m *metrics) reload(result string) {
	m.telemetry.ExtensionAPIKeyAuthReloads.Add(context.Background(), 1, labels(attribute.String("result", result))...)
}

func (m *metrics) lastUsedFailed() {
	m.telemetry.ExtensionAPIKeyAuthLastUsedFailures.Add(context.Background(), 1)
}

func (m *metrics) observeKeys(keys *atomic.Pointer[apikey.Set], now func() time.Time) error {
	return m.telemetry.RegisterExtensionAPIKeyAuthKeysCallback(func(_ context.Context, o metric.Int64Observer) error {
		for state, n := range keys.Load().Count(now()) {
			o.Observe(int64(n), metric.WithAttributes(attribute.String("state", string(state))))
		}
		return nil
	})
}
