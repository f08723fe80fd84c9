package llmcostprocessor

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/live"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/recent"
)

type costProcessor struct {
	cfg       *Config
	logger    *zap.Logger
	telemetry *metadata.TelemetryBuilder
	meters    *meters
	memory    genai.Memory // nil when nothing is remembered
	pricer    costing.Pricer
	prices    *live.Prices // nil until start
	now       func() time.Time
	policies  contentPolicies
	workers   sync.Pool
}

func newCostProcessor(set processor.Settings, cfg *Config) (*costProcessor, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	p := &costProcessor{
		cfg:       cfg,
		logger:    set.Logger,
		telemetry: telemetry,
		meters:    newMeters(telemetry),
		now:       time.Now,
		policies:  newContentPolicies(&cfg.Content),
		workers:   sync.Pool{New: func() any { return new(worker) }},
	}
	if cfg.Recent.MaxSpans > 0 {
		index := recent.New(cfg.Recent.limits())
		p.memory = index
		err = observeRecent(telemetry, index)
	}
	return p, err
}

func (p *costProcessor) start(context.Context, component.Host) error {
	if p.pricer != nil {
		return nil
	}
	return p.openPrices()
}

func (p *costProcessor) shutdown(context.Context) error {
	if p.prices != nil {
		p.prices.Close()
	}
	p.telemetry.Shutdown()
	return nil
}

// maxKeptEntries bounds what a worker keeps between deliveries; a rare giant gives its memory back.
const maxKeptEntries = 1024

// worker is the scratch space of one delivery.
type worker struct {
	reader   genai.Reader
	delivery genai.Delivery
	limiter  genai.ContentLimiter
	tally    tally
	priced   costing.Call // of the span at hand
}

func (w *worker) release() {
	w.reader.Release()
	w.delivery.Release(maxKeptEntries)
	w.priced = costing.Call{}
}

// processTraces reads every span, then decides what only several together can tell, then prices. It never refuses data: what
// cannot be read passes as it came.
func (p *costProcessor) processTraces(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	w := p.workers.Get().(*worker)
	defer func() {
		w.release()
		p.workers.Put(w)
	}()
	w.delivery.Traces = td
	for _, rs := range td.ResourceSpans().All() {
		tenant, project := genai.OwnerOf(rs.Resource())
		service := ""
		if v, ok := rs.Resource().Attributes().Get(semconv.ServiceName); ok {
			service = v.Str()
		}
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			for _, span := range ss.Spans().All() {
				p.guard(ctx, span, func() {
					p.read(w, genai.Entry{Span: span, Tenant: tenant, Project: project, Service: service, Scope: scope.Name}, &scope)
				})
			}
		}
	}
	p.settle(ctx, w)
	for i := range w.delivery.Entries {
		e := &w.delivery.Entries[i]
		p.guard(ctx, e.Span, func() { p.finish(ctx, w, e) })
	}
	p.limitContent(ctx, w, td)
	w.tally.flush(ctx, p.meters)
	return td, nil
}

// settle decides what only several spans can tell. A fault in it leaves each span what it says of itself: the store decides again.
func (p *costProcessor) settle(ctx context.Context, w *worker) {
	defer func() {
		if fault := recover(); fault != nil {
			p.telemetry.ProcessorLlmCostFailedSpans.Add(ctx, int64(len(w.delivery.Entries)))
			p.logger.Error("Spans could not be compared with each other; each passes as if it were alone. Please report this.",
				zap.Any("fault", fault), zap.Stack("stack"))
		}
	}()
	if changed := w.delivery.Settle(p.memory, p.now().UnixNano()); changed > 0 {
		p.telemetry.ProcessorLlmCostRecalledVerdicts.Add(ctx, int64(changed))
	}
}

func (p *costProcessor) read(w *worker, entry genai.Entry, scope *genai.Scope) {
	span := entry.Span
	w.delivery.Entries = append(w.delivery.Entries, entry)
	e := &w.delivery.Entries[len(w.delivery.Entries)-1]
	if w.reader.Read(span, scope, &e.Call) {
		w.reader.Write(span, &e.Call, p.cfg.DropOriginals)
		return
	}
	genai.WriteVerdict(span.Attributes(), &e.Call)
	w.delivery.Entries = w.delivery.Entries[:len(w.delivery.Entries)-1]
}

// writtenAttributes is what the verdict and the price of a call add to its attributes: room made once is less room than by doubling.
const writtenAttributes = 20

func (p *costProcessor) finish(ctx context.Context, w *worker, e *genai.Entry) {
	attrs := e.Span.Attributes()
	if e.Call.UsageRole != semconv.UsageRoleNone {
		attrs.EnsureCapacity(attrs.Len() + writtenAttributes)
	}
	e.WriteInherited()
	genai.WriteVerdict(attrs, &e.Call)
	cost := p.price(w, e, attrs)
	if cost.status == pricing.StatusNoUsage {
		cost.status = p.withoutUsage(w, e, attrs)
	}
	w.tally.add(e, cost.status)
	p.meters.compare(ctx, &e.Call, cost)
}

// guard keeps a fault in reading one span from costing the delivery it came in: the span passes as far as it was read.
func (p *costProcessor) guard(ctx context.Context, span ptrace.Span, step func()) {
	defer func() {
		if fault := recover(); fault != nil {
			p.telemetry.ProcessorLlmCostFailedSpans.Add(ctx, 1)
			p.logger.Error("A span could not be read; it passes as it is. Please report this with the span's attribute names.",
				zap.Any("fault", fault), zap.Stringer("trace_id", span.TraceID()), zap.Stringer("span_id", span.SpanID()), zap.Stack("stack"))
		}
	}()
	step()
}

// callTime is when the price of a call is looked up: providers bill by the time of the request.
func callTime(span ptrace.Span) time.Time {
	if t := span.StartTimestamp(); t != 0 {
		return t.AsTime()
	}
	return span.EndTimestamp().AsTime()
}
