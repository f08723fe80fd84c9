package llmclickhouseexporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/semconv"
)

// item is one span of a delivery with what is needed to store it, or to hand it back.
type item struct {
	row spanblock.Row
	key dedup.Key
	// resource, scope are the positions in the delivered data.
	resource, scope int
	// usageRole is what the row says; known once it was put into a block.
	usageRole string
}

// delivery is one batch on its way into the store.
type delivery struct {
	*clickhouseExporter
	td    ptrace.Traces
	items []item
	spans []dedup.Span

	// failed are the spans to hand back for a retry, err why, wait after which time at least.
	failed []dedup.Span
	err    error
	wait   time.Duration
	// inserts are those a search for refused rows may still make.
	inserts int
	// since is before the ingested_at of every row.
	since time.Time
}

func newDelivery(e *clickhouseExporter, td ptrace.Traces) *delivery {
	n := td.SpanCount()
	d := &delivery{
		clickhouseExporter: e, td: td, inserts: searchInserts,
		items: make([]item, 0, n), spans: make([]dedup.Span, 0, n),
	}
	d.since = e.now()
	now := d.since.UnixNano()
	expired := 0
	for ri, rs := range td.ResourceSpans().All() {
		resource := spanblock.NewResource(rs.Resource())
		days := e.cfg.Retention.days(resource.Tenant)
		for si, ss := range rs.ScopeSpans().All() {
			scope := spanblock.NewScope(ss.Scope())
			// Only what came as an event may be a version of a span that is stored already. It takes the place of one of its own tenant, as
			// the identity holds the tenant of the key.
			revisable := ss.Scope().Name() == semconv.ScopeEvents
			for _, s := range ss.Spans().All() {
				r := spanblock.Row{Resource: resource, Scope: scope, Span: s, RetentionDays: days}
				r.Start, r.End = spanblock.Times(s, now)
				if r.Expired(now) {
					expired++
					continue
				}
				d.add(r, ri, si, revisable)
			}
		}
	}
	if expired > 0 {
		e.telemetry.ExporterLlmClickhouseSpansExpired.Add(context.Background(), int64(expired))
	}
	return d
}

func (d *delivery) add(r spanblock.Row, resource, scope int, revisable bool) {
	r.TraceID, r.SpanID = spanblock.Identity(r.Span)
	it := item{row: r, resource: resource, scope: scope, key: dedup.Key{Tenant: r.Tenant, Project: r.Project, Trace: r.TraceID, Span: r.SpanID, Start: r.Start}}
	if revisable {
		it.key.Revision = revisionOf(r.Span)
	}
	d.spans = append(d.spans, dedup.Span{
		ID:       d.hasher.ID(it.key),
		Print:    d.hasher.Print(r.Start, r.End, spanblock.StatusCode(r.Span), r.Span.Name()),
		Revision: it.key.Revision,
		Start:    r.Start, Revisable: revisable,
		Index: len(d.items),
	})
	d.items = append(d.items, it)
}

func revisionOf(s ptrace.Span) uint32 {
	v, ok := s.Attributes().Get(semconv.WatchLLMNativeRevision)
	if !ok || v.Type() != pcommon.ValueTypeInt || v.Int() < 0 || v.Int() > math.MaxUint32 {
		return 0
	}
	return uint32(v.Int()) //nolint:gosec // checked
}

// run stores what is not stored yet. When some spans could not be stored now, the error carries them.
func (d *delivery) run(ctx context.Context) error {
	patience := time.NewTimer(d.cfg.Timeout)
	defer patience.Stop()
	pending := d.spans
	for len(pending) > 0 {
		changed := d.window.Changed()
		c := d.window.Claim(pending)
		d.countDuplicates(ctx, c)
		for _, a := range c.Again {
			d.repeat(ctx, a)
		}
		for _, group := range d.byPartitions(append(c.Fresh, d.newest(ctx, c.Strange)...)) {
			d.sendFresh(ctx, group)
		}
		for _, a := range c.Quiet {
			d.settle(ctx, a)
		}
		pending = c.Busy
		if d.err != nil || len(pending) == 0 {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			d.fail(nil, ctx.Err())
		case <-patience.C:
			d.fail(nil, errBusy)
		}
	}
	d.failed = append(d.failed, pending...)
	return d.result()
}

var errBusy = errors.New("some spans are in another batch whose outcome is not known yet")

func (d *delivery) fail(spans []dedup.Span, err error) {
	d.failed = append(d.failed, spans...)
	d.err = errors.Join(d.err, err)
}

// result is the error for exporterhelper: nothing when all is stored or accounted for, else an error
// that is retried with the spans that are left.
func (d *delivery) result() error {
	if len(d.failed) == 0 {
		return nil
	}
	err := d.err
	if d.wait > 0 {
		err = exporterhelper.NewThrottleRetry(err, d.wait)
	}
	if len(d.failed) == len(d.items) {
		return err
	}
	return consumererror.NewTraces(err, d.subset(d.failed))
}

// subset copies spans of the delivery, each under its resource and scope.
func (d *delivery) subset(spans []dedup.Span) ptrace.Traces {
	out := ptrace.NewTraces()
	type place struct{ resource, scope int }
	resources := map[int]ptrace.ResourceSpans{}
	scopes := map[place]ptrace.ScopeSpans{}
	slices.SortFunc(spans, func(a, b dedup.Span) int { return cmp.Compare(a.Index, b.Index) })
	for _, s := range spans {
		it := &d.items[s.Index]
		rs, ok := resources[it.resource]
		if !ok {
			from := d.td.ResourceSpans().At(it.resource)
			rs = out.ResourceSpans().AppendEmpty()
			from.Resource().CopyTo(rs.Resource())
			rs.SetSchemaUrl(from.SchemaUrl())
			resources[it.resource] = rs
		}
		at := place{it.resource, it.scope}
		ss, ok := scopes[at]
		if !ok {
			from := d.td.ResourceSpans().At(it.resource).ScopeSpans().At(it.scope)
			ss = rs.ScopeSpans().AppendEmpty()
			from.Scope().CopyTo(ss.Scope())
			ss.SetSchemaUrl(from.SchemaUrl())
			scopes[at] = ss
		}
		it.row.Span.CopyTo(ss.Spans().AppendEmpty())
	}
	return out
}

// maxPartitions of one insert: ClickHouse refuses more than 100, and each makes a part.
const maxPartitions = 50

// byPartitions cuts spans into groups that one insert may hold; nearly always that is one.
func (d *delivery) byPartitions(spans []dedup.Span) [][]dedup.Span {
	type partition struct {
		day  int64
		days uint16
	}
	of := func(s dedup.Span) partition {
		r := &d.items[s.Index].row
		return partition{r.Start / int64(24*time.Hour), r.RetentionDays}
	}
	seen := map[partition][]dedup.Span{}
	for _, s := range spans {
		p := of(s)
		seen[p] = append(seen[p], s)
	}
	if len(seen) == 0 {
		return nil
	}
	if len(seen) <= maxPartitions {
		return [][]dedup.Span{spans}
	}
	order := make([]partition, 0, len(seen))
	for p := range seen {
		order = append(order, p)
	}
	slices.SortFunc(order, func(a, b partition) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.days, b.days)) })
	var out [][]dedup.Span
	for group := range slices.Chunk(order, maxPartitions) {
		var all []dedup.Span
		for _, p := range group {
			all = append(all, seen[p]...)
		}
		out = append(out, all)
	}
	return out
}

func (d *delivery) countDuplicates(ctx context.Context, c dedup.Claim) {
	for kind, n := range map[string]int{"same": c.Same, "changed": c.Changed, "superseded": c.Superseded} {
		if n > 0 {
			d.telemetry.ExporterLlmClickhouseSpansDuplicate.Add(ctx, int64(n), metric.WithAttributes(attribute.String("kind", kind)))
		}
	}
}

// keys returns the identities of spans, in their order.
func (d *delivery) keys(spans []dedup.Span) []dedup.Key {
	out := make([]dedup.Key, len(spans))
	for i, s := range spans {
		out[i] = d.items[s.Index].key
	}
	return out
}

// describe names the spans of an error.
func describe(n int, err error) error {
	return fmt.Errorf("insert of %d spans: %w", n, err)
}
