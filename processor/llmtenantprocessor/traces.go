package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/internal/tenancy"
)

type tracesProcessor struct {
	*door
	next consumer.Traces
}

var _ processor.Traces = (*tracesProcessor)(nil)

// ConsumeTraces stamps and hands on.
func (p *tracesProcessor) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return p.pass(ctx, batch{
		items: td.SpanCount(),
		bytes: func() int { return (&ptrace.ProtoMarshaler{}).TracesSize(td) },
		stamp: func(id tenancy.Identity) int { return stampTraces(td, id) },
		next:  func(ctx context.Context) error { return p.next.ConsumeTraces(ctx, td) },
	})
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
