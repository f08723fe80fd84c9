package llmclickhouseexporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/semconv"
)

// item is one span of a delivery with what is needed to store it, or to hand it back.
type item struct {
	key dedup.Key
	end int64
	// part and row are where the span is in the request.
	part, row int
	days      uint16
	usage     bool
}

// delivery is one batch on its way into the store.
type delivery struct {
	*clickhouseExporter
	req   *request
	packs []*spanblock.Packed
	items []item
	spans []dedup.Span
	// later are parts that cannot be read now; unread is why. aside says that others were set aside.
	later  []part
	unread error
	aside  bool

	// failed are the spans to hand back for a retry, err why, wait after which time at least.
	failed []dedup.Span
	err    error
	wait   time.Duration
	// inserts are those a search for refused rows may still make.
	inserts int
	// since is before the ingested_at of every row.
	since time.Time
}

func newDelivery(e *clickhouseExporter, r *request) *delivery {
	d := &delivery{
		clickhouseExporter: e, req: r, inserts: searchInserts, since: e.now(),
		packs: make([]*spanblock.Packed, len(r.parts)), items: make([]item, 0, r.items), spans: make([]dedup.Span, 0, r.items),
	}
	now := d.since.UnixNano()
	expired := 0
	names := map[string]string{}
	for i, p := range r.parts {
		pack := e.opened.Get().(*spanblock.Packed)
		d.packs[i] = pack
		if err := pack.Open(p.data); err != nil {
			d.unreadable(p, err)
			continue
		}
		p.each(func(from, to int) {
			for row := from; row < to; row++ {
				f := pack.Facts(row)
				if f.Expired(now) {
					expired++
					continue
				}
				// What remembers tenants and projects does so for longer than the bytes of the block live.
				f.Tenant, f.Project = own(names, f.Tenant), own(names, f.Project)
				d.add(f, i, row)
			}
		})
	}
	if expired > 0 {
		e.telemetry.ExporterLlmClickhouseSpansExpired.Add(context.Background(), int64(expired))
	}
	return d
}

// own is a copy of a name that is made once.
func own(names map[string]string, name string) string {
	kept, ok := names[name]
	if !ok {
		kept = strings.Clone(name)
		names[kept] = kept
	}
	return kept
}

// unreadable deals with a part of which nobody can tell what it says: it waits for the program that wrote it, or was damaged.
func (d *delivery) unreadable(p part, err error) {
	if errors.Is(err, spanblock.ErrUnknownLayout) {
		d.leave(p, err)
		return
	}
	if d.folder != nil {
		info := deadletter.Info{Time: d.now().UTC(), Reason: damaged, Error: err.Error(), Spans: p.n}
		if err := d.folder.WriteDamaged(p.data, info); err != nil {
			d.leave(p, fmt.Errorf("damaged spans of the queue cannot be set aside in dead_letter::directory: %w", err))
			return
		}
	}
	d.aside = true
	d.log.Error("spans in the queue are damaged", zap.Int("spans", p.n), zap.Bool("kept", d.folder != nil), zap.Error(err))
	d.telemetry.ExporterLlmClickhouseSpansDeadLettered.Add(context.Background(), int64(max(1, p.n)),
		metric.WithAttributes(attribute.String("reason", damaged)))
}

// damaged is the reason of what the queue gave back otherwise than it got it.
const damaged = "damaged"

// leave keeps a part for later.
func (d *delivery) leave(p part, err error) {
	d.later = append(d.later, p)
	d.wait = max(d.wait, deadLetterWait)
	d.unread = err
}

func (d *delivery) add(f spanblock.Facts, part, row int) {
	it := item{
		key: dedup.Key{Tenant: f.Tenant, Project: f.Project, Trace: f.TraceID, Span: f.SpanID, Start: f.Start},
		end: f.End, part: part, row: row, days: f.RetentionDays, usage: hasUsage(f.UsageRole),
	}
	// Only what came as an event may be a version of a span that is stored already. It takes the place of one of its own tenant, as
	// the identity holds the tenant of the key.
	if f.Scope == semconv.ScopeEvents {
		it.key.Revision = revisionOf(d.packs[part], row)
	}
	d.spans = append(d.spans, dedup.Span{
		ID:       d.hasher.ID(it.key),
		Print:    d.hasher.Print(f.Start, f.End, f.Status, f.Name),
		Revision: it.key.Revision,
		Start:    f.Start, Revisable: f.Scope == semconv.ScopeEvents,
		Index: len(d.items),
	})
	d.items = append(d.items, it)
}

func revisionOf(p *spanblock.Packed, row int) uint32 {
	n, ok := p.AttributeInt(row, semconv.WatchLLMNativeRevision)
	if !ok || n < 0 || n > math.MaxUint32 {
		return 0
	}
	return uint32(n)
}

// close gives back what the delivery borrowed.
func (d *delivery) close() {
	for _, p := range d.packs {
		d.opened.Put(p)
	}
}

// runs calls f for the runs of rows that spans, in their order, are.
func (d *delivery) runs(spans []dedup.Span, f func(part, from, to int)) {
	for i := 0; i < len(spans); {
		first := d.items[spans[i].Index]
		n := i + 1
		for ; n < len(spans); n++ {
			if it := d.items[spans[n].Index]; it.part != first.part || it.row != first.row+n-i {
				break
			}
		}
		f(first.part, first.row, first.row+n-i)
		i = n
	}
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
	if len(d.failed) == 0 && len(d.later) == 0 {
		return nil
	}
	err := errors.Join(d.err, d.unread)
	if d.wait > 0 {
		err = exporterhelper.NewThrottleRetry(err, d.wait)
	}
	if len(d.failed) == len(d.items) && !d.aside {
		return err
	}
	return &leftError{err, d.subset()}
}

// subset is a request for the spans that failed.
func (d *delivery) subset() *request {
	slices.SortFunc(d.failed, func(a, b dedup.Span) int { return cmp.Compare(a.Index, b.Index) })
	r := &request{}
	for i := 0; i < len(d.failed); {
		first := d.items[d.failed[i].Index].part
		p := part{data: d.req.parts[first].data}
		for ; i < len(d.failed) && d.items[d.failed[i].Index].part == first; i++ {
			p.rows = append(p.rows, d.items[d.failed[i].Index].row)
		}
		p.n = len(p.rows)
		r.add(p)
	}
	for _, p := range d.later {
		r.add(p)
	}
	return r
}

// restore makes spans again of rows that ClickHouse refuses.
func (d *delivery) restore(spans []dedup.Span) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, s := range spans {
		it := d.items[s.Index]
		d.packs[it.part].Restore(it.row, td)
	}
	return td
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
		it := &d.items[s.Index]
		return partition{it.key.Start / int64(24*time.Hour), it.days}
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
