package llmclickhouseexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	xrequest "go.opentelemetry.io/collector/pdata/xpdata/request"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
)

// scratch is what one conversion needs; it is used again.
type scratch struct {
	block *spanblock.Block
	buf   []byte
}

func (e *clickhouseExporter) pack(s *scratch, td ptrace.Traces) []byte {
	at := e.now()
	now := at.UnixNano()
	for _, rs := range td.ResourceSpans().All() {
		resource := spanblock.NewResource(rs.Resource())
		days := e.cfg.Retention.days(resource.Tenant)
		for _, ss := range rs.ScopeSpans().All() {
			scope := spanblock.NewScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				r := spanblock.Row{Resource: resource, Scope: scope, Span: span, RetentionDays: days}
				r.TraceID, r.SpanID = spanblock.Identity(span)
				r.Start, r.End = spanblock.Times(span, now)
				s.block.Append(r, at)
			}
		}
	}
	s.buf = s.block.AppendPacked(s.buf[:0], at)
	s.block.Reset()
	return s.buf
}

// convert makes the request of spans that arrive.
func (e *clickhouseExporter) convert(ctx context.Context, td ptrace.Traces) (xexporterhelper.Request, error) {
	if s, ok := ctx.Value(scratchKey{}).(*scratch); ok {
		return newRequest(e.pack(s, td)), nil
	}
	s := e.scratches.get()
	defer e.keep(s)
	// The copy is as long as it has to be, because it may wait for long.
	return newRequest(append([]byte(nil), e.pack(s, td)...)), nil
}

func (e *clickhouseExporter) keep(s *scratch) { e.scratches.put(s, cap(s.buf)) }

type scratchKey struct{}

// throughStorage hands spans to a queue that has written them somewhere when it returns, so that the memory they were
// converted in is free for the next.
type throughStorage struct {
	exporter.Traces
	e *clickhouseExporter
}

func (t throughStorage) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	s := t.e.scratches.get()
	defer t.e.keep(s)
	return t.Traces.ConsumeTraces(context.WithValue(ctx, scratchKey{}, s), td)
}

// encoding is how requests lie in a persistent queue. Queues of versions before packed blocks hold OTLP.
type encoding struct{ e *clickhouseExporter }

// Marshal does not keep the context: rows say whose they are, and nothing behind the queue asks for more.
func (c encoding) Marshal(_ context.Context, req xexporterhelper.Request) ([]byte, error) {
	r := req.(*request)
	if len(r.parts) == 1 && r.parts[0].rows == nil {
		return r.parts[0].data, nil
	}
	s := c.e.scratches.get()
	defer c.e.keep(s)
	defer s.block.Reset()
	var p spanblock.Packed
	now := c.e.now()
	for _, part := range r.parts {
		if err := p.Open(part.data); err != nil {
			return nil, err
		}
		part.each(func(from, to int) { s.block.AppendRows(&p, from, to, now) })
	}
	return s.block.AppendPacked(nil, now), nil
}

// Unmarshal leaves reading to the delivery: what the queue cannot decode it drops without a word.
func (c encoding) Unmarshal(data []byte) (context.Context, xexporterhelper.Request, error) {
	if len(data) == 0 {
		return context.Background(), newRequest(nil), errors.New("nothing is stored under this key")
	}
	if spanblock.IsPacked(data) {
		return context.Background(), newRequest(data), nil
	}
	ctx, td, err := xrequest.UnmarshalTraces(data)
	if err != nil {
		ctx = context.Background()
		if td, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data); err != nil {
			return ctx, newRequest(data), nil
		}
	}
	req, err := c.e.convert(ctx, td)
	return ctx, req, err
}

// each calls f for the runs of rows that are left.
func (p part) each(f func(from, to int)) {
	if p.rows == nil {
		f(0, p.n)
		return
	}
	for i := 0; i < len(p.rows); {
		n := i + 1
		for n < len(p.rows) && p.rows[n] == p.rows[n-1]+1 {
			n++
		}
		f(p.rows[i], p.rows[n-1]+1)
		i = n
	}
}
