package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

type tracesProcessor struct {
	*door
	next consumer.Traces
}

var _ processor.Traces = (*tracesProcessor)(nil)

// ConsumeTraces checks, stamps and hands on.
func (p *tracesProcessor) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return p.pass(ctx, tracesBatch{td, p.next})
}

type tracesBatch struct {
	ptrace.Traces
	next consumer.Traces
}

func (b tracesBatch) items() int                          { return b.SpanCount() }
func (b tracesBatch) bytes() int                          { return (&ptrace.ProtoMarshaler{}).TracesSize(b.Traces) }
func (b tracesBatch) excess(l sizes.Limits) *sizes.Excess { return sizes.FindTraces(b.Traces, l) }
func (b tracesBatch) cut(l sizes.Limits) int              { return sizes.CutTraces(b.Traces, l) }
func (b tracesBatch) stamp(id tenancy.Identity) int       { return stampTraces(b.Traces, id) }
func (b tracesBatch) consume(ctx context.Context) error   { return b.next.ConsumeTraces(ctx, b.Traces) }
func (b tracesBatch) apply(ctx context.Context, id tenancy.Identity, c ContentPolicy) error {
	return c.ApplyTraces(ctx, id, b.Traces)
}

func stampTraces(td ptrace.Traces, id tenancy.Identity) int {
	removed := 0
	for _, rs := range td.ResourceSpans().All() {
		attrs := rs.Resource().Attributes()
		removed += strip(attrs)
		tenancy.Stamp(attrs, id.Tenant, id.Project)
		for _, ss := range rs.ScopeSpans().All() {
			removed += strip(ss.Scope().Attributes())
			for _, span := range ss.Spans().All() {
				removed += strip(span.Attributes())
				for _, e := range span.Events().All() {
					removed += strip(e.Attributes())
				}
				for _, l := range span.Links().All() {
					removed += strip(l.Attributes())
				}
			}
		}
	}
	return removed
}
