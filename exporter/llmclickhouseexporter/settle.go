package llmclickhouseexporter

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// settleGrace bounds what is settled at a shutdown; the next start goes on with the rest.
const settleGrace = 5 * time.Second

// settler looks at stored traces in the background. It never fails or delays an insert.
type settler struct {
	traces *settling.Pending
	store  settlingStore
	work   *settling.Settler
	stop   context.CancelFunc
	done   chan struct{}
}

func newSettler(e *clickhouseExporter) *settler {
	c := e.cfg.Settle
	evicted := func(open bool) {
		state := "due"
		if open {
			state = "open"
		}
		e.telemetry.ExporterLlmClickhouseSettleEvicted.Add(context.Background(), 1, metric.WithAttributes(attribute.String("state", state)))
	}
	return &settler{traces: settling.NewPending(settling.Limits{
		Traces: c.MaxTraces, TenantTraces: c.MaxTracesPerTenant, Delay: c.Delay, MaxAge: c.MaxAge, Recheck: e.cfg.Cluster != "",
	}, evicted)}
}

func (s *settler) due() int64 {
	if s == nil {
		return 0
	}
	return int64(s.traces.Due())
}

func (s *settler) pending() int64 {
	if s == nil {
		return 0
	}
	return int64(s.traces.Remembered())
}

// startSettling begins with what arrived shortly before this process: it may have been stored and never looked at.
func (e *clickhouseExporter) startSettling() (err error) {
	s := e.settler
	if s == nil {
		return nil
	}
	if s.store, err = e.store.Settling(); err != nil {
		return err
	}
	s.work = settling.New(newOrderedStore(s.store, e), s.traces, e.countSettling(), e.cfg.Settle.Lookback, e.log, e.now)
	if back := e.cfg.Settle.Lookback; back > 0 {
		now := e.now()
		s.traces.Rescan("", now.Add(-back), now)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func() {
		defer close(s.done)
		s.work.Run(ctx, func(ctx context.Context) bool { return e.gate.wait(ctx, readyWait) })
	}()
	return nil
}

// stopSettling settles what is due, so that a stopped collector leaves right totals behind.
func (e *clickhouseExporter) stopSettling() {
	s := e.settler
	if s == nil || s.stop == nil {
		return
	}
	s.stop()
	<-s.done
	ctx, cancel := context.WithTimeout(context.Background(), settleGrace)
	defer cancel()
	if e.gate.wait(ctx, 0) {
		s.work.Drain(ctx)
	}
	// All statements have ended; what a connection says at its end changes nothing.
	_ = s.store.Close()
}

func (e *clickhouseExporter) countSettling() settling.Counted {
	ctx, t := context.Background(), e.telemetry
	reason := func(r string) metric.MeasurementOption { return metric.WithAttributes(attribute.String("reason", r)) }
	return settling.Counted{
		Read:      func(n int) { t.ExporterLlmClickhouseSettleTraces.Add(ctx, int64(n)) },
		Corrected: func(r string, n int) { t.ExporterLlmClickhouseSettleCorrections.Add(ctx, int64(n), reason(r)) },
		Failed:    func(err error) { t.ExporterLlmClickhouseSettleFailures.Add(ctx, 1, reason(clickhouse.Reason(err))) },
		Skipped:   func(r string, n int) { t.ExporterLlmClickhouseSettleSkipped.Add(ctx, int64(n), reason(r)) },
	}
}

// noteForSettling takes down which traces stored spans belong to.
func (d *delivery) noteForSettling(spans []dedup.Span) {
	if d.settler == nil {
		return
	}
	notes := d.settler.traces.Begin(d.now(), d.since)
	defer notes.End()
	for _, s := range spans {
		it := &d.items[s.Index]
		notes.Span(it.key.Tenant, it.key.Trace, it.key.Start, it.end, it.usage)
	}
}

// noteFound takes down the traces of spans that turned out to be stored. Whether they have usage nobody here knows any more.
func (d *delivery) noteFound(keys []dedup.Key, found map[dedup.ID]uint32) {
	if d.settler == nil {
		return
	}
	notes := d.settler.traces.Begin(d.now(), d.since)
	defer notes.End()
	for _, k := range keys {
		if has(found, d.hasher.ID(k)) {
			notes.Span(k.Tenant, k.Trace, k.Start, k.Start, true)
		}
	}
}

// hasUsage reports whether a span of that role takes part in the counting of usage.
func hasUsage(role string) bool {
	switch role {
	case semconv.UsageRoleCall, semconv.UsageRoleAggregate, semconv.UsageRoleDuplicate:
		return true
	}
	return false
}
