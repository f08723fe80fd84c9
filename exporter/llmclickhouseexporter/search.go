package llmclickhouseexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
)

// searchInserts bounds the inserts that one batch may cost in the search for the rows that ClickHouse
// refuses. It finds about five bad rows among thousands; with more, whole groups are set aside.
const searchInserts = 128

// deadLetterWait is how long a batch waits when it can neither be stored nor set aside.
const deadLetterWait = 30 * time.Second

// search halves a refused set until the refused spans are alone, so that one bad row does not condemn
// the others. The server has answered, so looking tells for certain what it stored of the set.
func (d *delivery) search(ctx context.Context, a *dedup.Attempt, spans []dedup.Span, cause error) {
	found, err := d.look(ctx, a.Keys)
	if err != nil {
		d.window.Doubtful(a)
		d.retryLater(ctx, spans, err)
		return
	}
	var there, rest []dedup.Span
	for _, s := range spans {
		if has(found, s.ID) {
			there = append(there, s)
		} else {
			rest = append(rest, s)
		}
	}
	d.stored(ctx, there)
	if len(rest) == 0 {
		return
	}
	if len(rest) == 1 || d.inserts < 2 {
		d.setAside(ctx, rest, cause)
		return
	}
	d.inserts -= 2
	d.sendFresh(ctx, rest[:len(rest)/2])
	d.sendFresh(ctx, rest[len(rest)/2:])
}

// setAside puts spans into the dead-letter folder. They are not remembered as stored, so that they can
// be sent again after a repair.
func (d *delivery) setAside(ctx context.Context, spans []dedup.Span, cause error) {
	info := deadletter.Info{
		Time: d.now().UTC(), Reason: clickhouse.Reason(cause), Code: clickhouse.Code(cause), Error: cause.Error(),
		Tenants: map[string]int{},
	}
	for _, s := range spans {
		info.Tenants[d.items[s.Index].key.Tenant]++
	}
	d.window.Released(spans)
	if d.folder != nil {
		if err := d.folder.Write(d.restore(spans), info); err != nil {
			err = fmt.Errorf("ClickHouse refuses %d spans (%s) and dead_letter::directory cannot take them: %w", len(spans), info.Reason, err)
			d.fail(spans, err)
			d.wait = max(d.wait, deadLetterWait)
			d.log.Warn("refused spans cannot be set aside; make room, or raise dead_letter::max_size_mib", zap.Error(err))
			return
		}
	}
	d.log.Error("ClickHouse refuses spans for good", zap.Int("spans", len(spans)), zap.String("reason", info.Reason),
		zap.Bool("kept", d.folder != nil), zap.Error(cause))
	d.telemetry.ExporterLlmClickhouseSpansDeadLettered.Add(ctx, int64(len(spans)),
		metric.WithAttributes(attribute.String("reason", info.Reason)))
}
