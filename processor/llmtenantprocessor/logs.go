package llmtenantprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"

	"github.com/watchllm/watchllm/internal/tenancy"
)

type logsProcessor struct {
	*door
	next consumer.Logs
}

var _ processor.Logs = (*logsProcessor)(nil)

// ConsumeLogs stamps and hands on.
func (p *logsProcessor) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return p.pass(ctx, batch{
		items: ld.LogRecordCount(),
		bytes: func() int { return (&plog.ProtoMarshaler{}).LogsSize(ld) },
		stamp: func(id tenancy.Identity) int { return stampLogs(ld, id) },
		next:  func(ctx context.Context) error { return p.next.ConsumeLogs(ctx, ld) },
	})
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
