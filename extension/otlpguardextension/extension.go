package otlpguardextension

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/extension/otlpguardextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/otlpdepth"
)

// guard stands between an OTLP receiver's server and its decoder.
type guard struct {
	component.StartFunc
	cfg       *Config
	room      *inflight.Room
	calls     *calls
	telemetry *metadata.TelemetryBuilder
}

var (
	_ extension.Extension            = (*guard)(nil)
	_ extensionmiddleware.HTTPServer = (*guard)(nil)
	_ extensionmiddleware.GRPCServer = (*guard)(nil)
)

func newGuard(set extension.Settings, cfg *Config) (*guard, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	g := &guard{cfg: cfg, room: inflight.NewRoom(cfg.MaxInFlightSize), calls: newCalls(cfg.MaxInFlightSize), telemetry: telemetry}
	err = telemetry.RegisterExtensionOtlpGuardInFlightSizeCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(g.room.Taken() + g.calls.room.Taken())
		return nil
	})
	return g, err
}

// Shutdown ends the metrics.
func (g *guard) Shutdown(context.Context) error {
	g.telemetry.Shutdown()
	return nil
}

func (g *guard) count(ctx context.Context, err error) {
	reason := "unreadable"
	for _, r := range []struct {
		err  error
		name string
	}{
		{otlpdepth.ErrTooDeep, "too_deep"}, {otlpdepth.ErrMalformed, "malformed"},
		{inflight.ErrTooLarge, "too_large"}, {inflight.ErrNoRoom, "busy"},
	} {
		if errors.Is(err, r.err) {
			reason = r.name
		}
	}
	g.telemetry.ExtensionOtlpGuardRefused.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", reason)))
}
