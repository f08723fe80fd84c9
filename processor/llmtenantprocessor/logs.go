package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor/internal/sizes"
)

type logsProcessor struct {
	*door
	next consumer.Logs
}

var _ processor.Logs = (*logsProcessor)(nil)

// ConsumeLogs checks, stamps and hands on.
func (p *logsProcessor) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return p.pass(ctx, logsBatch{ld, p.next})
}

type logsBatch struct {
	plog.Logs
	next consumer.Logs
}

func (b logsBatch) items() int                          { return b.LogRecordCount() }
func (b logsBatch) bytes() int                          { return (&plog.ProtoMarshaler{}).LogsSize(b.Logs) }
func (b logsBatch) excess(l sizes.Limits) *sizes.Excess { return sizes.FindLogs(b.Logs, l) }
func (b logsBatch) cut(l sizes.Limits) int              { return sizes.CutLogs(b.Logs, l) }
func (b logsBatch) stamp(id tenancy.Identity) int       { return stampLogs(b.Logs, id) }
func (b logsBatch) consume(ctx context.Context) error   { return b.next.ConsumeLogs(ctx, b.Logs) }
func (b logsBatch) apply(ctx context.Context, id tenancy.Identity, c ContentPolicy) error {
	return c.ApplyLogs(ctx, id, b.Logs)
}

func stampLogs(ld plog.Logs, id tenancy.Identity) int {
	removed := 0
	for _, rl := range ld.ResourceLogs().All() {
		attrs := rl.Resource().Attributes()
		removed += strip(attrs)
		tenancy.Stamp(attrs, id.Tenant, id.Project)
		for _, sl := range rl.ScopeLogs().All() {
			removed += strip(sl.Scope().Attributes())
			for _, record := range sl.LogRecords().All() {
				removed += strip(record.Attributes())
				removed += stripValue(record.Body())
			}
		}
	}
	return removed
}
