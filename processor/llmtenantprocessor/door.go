package llmtenantprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/limits"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

// door is what the three signals share: who sends, may they, and what became of it.
type door struct {
	cfg       *Config
	signal    pipeline.Signal
	unit      limits.Unit
	admission Admission
	content   ContentPolicy
	limits    *enforcer
	started   bool
	telemetry *metadata.TelemetryBuilder
	series    *allSeries
	bySignal  []metric.AddOption
}

// batch is one request's data of any signal.
type batch interface {
	items() int
	bytes() int
	excess(sizes.Limits) *sizes.Excess
	cut(sizes.Limits) int
	// stamp writes the identity and returns the number of claims it removed.
	stamp(tenancy.Identity) int
	apply(context.Context, tenancy.Identity, ContentPolicy) error
	consume(context.Context) error
}

func newDoor(set processor.Settings, cfg *Config, signal pipeline.Signal, unit limits.Unit) (*door, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	d := &door{
		cfg: cfg, signal: signal, unit: unit, telemetry: telemetry, series: newAllSeries(telemetry, signal.String(), cfg),
		bySignal: []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(attribute.String("signal", signal.String())))},
	}
	return d, telemetry.RegisterProcessorLlmTenantInFlightBytesCallback(d.series.observeInFlight)
}

// Start finds the extensions.
func (d *door) Start(_ context.Context, host component.Host) (err error) {
	if d.admission, err = extension[Admission](host, "admission", d.cfg.Admission); err != nil {
		return err
	}
	if d.content, err = extension[ContentPolicy](host, "content_policy", d.cfg.ContentPolicy); err != nil {
		return err
	}
	d.limits, d.started = acquireEnforcer(d.cfg), true
	return nil
}

// Shutdown forgets the limits' state with the last processor that uses it.
func (d *door) Shutdown(context.Context) error {
	if d.started {
		d.started = false
		releaseEnforcer(d.cfg)
	}
	d.telemetry.Shutdown()
	return nil
}

// Capabilities says that data is changed.
func (d *door) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// pass lets a batch through or says why not.
func (d *door) pass(ctx context.Context, b batch) error {
	items := b.items()
	id, refused := d.cfg.sender(ctx)
	if refused != nil {
		s := d.series.nobody
		if id.Tenant != "" {
			s = d.series.of(id.Tenant)
		}
		s.refused(ctx, refused.reason, items, 0)
		return refused
	}
	s, p := d.series.of(id.Tenant), d.limits.of(id.Tenant)
	bytes := 0
	if p.measured || d.admission != nil {
		bytes = b.bytes()
	}
	tooLarge, refused := d.checkRequest(ctx, b, p, items, bytes)
	if refused != nil {
		s.refused(ctx, refused.reason, items, bytes)
		return refused
	}
	grant, over := d.limits.limiter.Admit(id.Tenant, id.KeyID, &p.Policy, limits.Demand{Unit: d.unit, Items: items, Bytes: bytes})
	if over != nil {
		refused = p.limited(id, over)
		s.refused(ctx, refused.reason, items, bytes)
		return refused
	}
	arrived := false
	s.inFlight.Add(int64(bytes))
	defer func() { // also when the rest of the pipeline panics
		s.inFlight.Add(-int64(bytes))
		grant.Done(arrived)
	}()
	var settle func(error)
	if d.admission != nil {
		var err error
		if settle, err = d.admission.Admit(ctx, id, d.signal, items, bytes); err != nil {
			s.refused(ctx, reasonAdmission, items, bytes)
			return err
		}
	}
	err := d.handOn(ctx, b, id, p, tooLarge, s)
	if settle != nil {
		settle(err)
	}
	switch {
	case err == nil:
		arrived = true
		s.stamped(ctx, items, bytes)
	case errors.As(err, new(*contentRefusal)):
		s.refused(ctx, reasonContentPolicy, items, bytes)
		err = errors.Unwrap(err)
	default:
		arrived = consumererror.IsPermanent(err) // the same data does not come again, and has cost as much as any other
	}
	return err
}

// checkRequest refuses what would be refused whenever it came, or says that something has to be cut.
//
// Data that a receiver took responsibility for earlier has nobody left to be told and is never refused for good.
func (d *door) checkRequest(ctx context.Context, b batch, p *tenantPolicy, items, bytes int) (tooLarge bool, refused *refusal) {
	taken := tenancy.Acknowledged(ctx)
	if !taken {
		if most := p.request.items(d.unit); most > 0 && items > most {
			return false, p.tooMuch(d.unit, items, most)
		}
		if p.request.Bytes > 0 && bytes > p.request.Bytes {
			return false, p.tooMuch(limits.Bytes, bytes, p.request.Bytes)
		}
	}
	excess := b.excess(p.sizes)
	if excess != nil && p.refuses && !taken {
		return false, p.oversized(d.unit, excess)
	}
	return excess != nil, nil
}

// contentRefusal tells a refusal by the content policy from one by the rest of the pipeline.
type contentRefusal struct{ error }

func (r *contentRefusal) Unwrap() error { return r.error }

func (d *door) handOn(ctx context.Context, b batch, id tenancy.Identity, p *tenantPolicy, tooLarge bool, s *series) error {
	if claims := b.stamp(id); claims > 0 {
		d.telemetry.ProcessorLlmTenantClaimsRemoved.Add(ctx, int64(claims), d.bySignal...)
	}
	if tooLarge {
		d.telemetry.ProcessorLlmTenantTruncatedAttributes.Add(ctx, int64(b.cut(p.sizes)), s.tenant...)
	}
	if d.content != nil {
		if err := b.apply(ctx, id, d.content); err != nil {
			return &contentRefusal{err}
		}
	}
	return b.consume(ctx)
}
