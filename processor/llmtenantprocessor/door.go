package llmtenantprocessor

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
)

// door is what the three signals share: who sends, may they, and what became of it.
type door struct {
	cfg       *Config
	signal    pipeline.Signal
	admission Admission
	telemetry *metadata.TelemetryBuilder

	bySignal                   metric.MeasurementOption
	noIdentity, role, admitted metric.MeasurementOption
}

// batch is one request's data of any signal.
type batch struct {
	items int
	// bytes is called only if an admission extension wants to know.
	bytes func() int
	// stamp writes the identity and returns the number of claims it removed.
	stamp func(tenancy.Identity) int
	next  func(context.Context) error
}

func newDoor(set processor.Settings, cfg *Config, signal pipeline.Signal) (*door, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	of := func(kv ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(kv, attribute.String("signal", signal.String()))...))
	}
	return &door{
		cfg: cfg, signal: signal, admission: admitAll{}, telemetry: telemetry,
		bySignal:   of(),
		noIdentity: of(attribute.String("reason", "no_identity")),
		role:       of(attribute.String("reason", "role")),
		admitted:   of(attribute.String("reason", "admission")),
	}, err
}

// Start finds the admission extension.
func (d *door) Start(_ context.Context, host component.Host) error {
	if d.cfg.Admission == nil {
		return nil
	}
	ext, ok := host.GetExtensions()[*d.cfg.Admission]
	if !ok {
		return fmt.Errorf("admission: there is no extension %q; add it to service::extensions or remove the line", d.cfg.Admission)
	}
	if d.admission, ok = ext.(Admission); !ok {
		return fmt.Errorf("admission: the extension %q does not decide on admission; name one that does, or remove the line", d.cfg.Admission)
	}
	return nil
}

// Shutdown has nothing to end.
func (d *door) Shutdown(context.Context) error {
	d.telemetry.Shutdown()
	return nil
}

// Capabilities says that data is changed.
func (d *door) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// pass lets a batch through or says why not.
func (d *door) pass(ctx context.Context, b batch) error {
	id, err := d.cfg.sender(ctx)
	if err != nil {
		reason := d.role
		if errors.Is(err, errNoIdentity) {
			reason = d.noIdentity
		}
		d.telemetry.ProcessorLlmTenantRefusedItems.Add(ctx, int64(b.items), reason)
		return err
	}
	bytes := 0
	if d.cfg.Admission != nil {
		bytes = b.bytes()
	}
	settle, err := d.admission.Admit(ctx, id, d.signal, b.items, bytes)
	if err != nil {
		d.telemetry.ProcessorLlmTenantRefusedItems.Add(ctx, int64(b.items), d.admitted)
		return err
	}
	claims := b.stamp(id)
	if claims > 0 {
		d.telemetry.ProcessorLlmTenantClaimsRemoved.Add(ctx, int64(claims), d.bySignal)
	}
	err = b.next(ctx)
	if settle != nil {
		settle(err)
	}
	if err == nil {
		d.telemetry.ProcessorLlmTenantStampedItems.Add(ctx, int64(b.items), d.bySignal)
	}
	return err
}
