package llmclickhouseexporter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
)

// logsDelivery is one batch of records on its way into the store.
type logsDelivery struct {
	*logsExporter
	logs plog.Logs

	// failed are the rows to hand back for a retry, err why, wait after which time at least.
	failed []logRow
	err    error
	wait   time.Duration
	// inserts are those a search for refused rows may still make.
	inserts int
}

func (d *logsDelivery) run(ctx context.Context) error {
	rows := d.rows(d.logs)
	for _, table := range []string{clickhouse.TableScores, clickhouse.TableLogs} {
		for _, group := range rowsByPartitions(rows[table]) {
			d.send(ctx, table, group)
		}
	}
	if len(d.failed) == 0 {
		return nil
	}
	err := d.err
	if d.wait > 0 {
		err = exporterhelper.NewThrottleRetry(err, d.wait)
	}
	if len(d.failed) == d.logs.LogRecordCount() {
		return err
	}
	return consumererror.NewLogs(err, d.subset(d.failed))
}

// rowsByPartitions cuts rows into groups that one insert may hold; nearly always that is one.
func rowsByPartitions(rows []logRow) [][]logRow {
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b logRow) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.days, b.days)) })
	var out [][]logRow
	from, partitions := 0, 1
	for i := 1; i < len(rows); i++ {
		if rows[i].day == rows[i-1].day && rows[i].days == rows[i-1].days {
			continue
		}
		if partitions++; partitions > maxPartitions {
			out = append(out, rows[from:i])
			from, partitions = i, 1
		}
	}
	return append(out, rows[from:])
}

func (d *logsDelivery) send(ctx context.Context, table string, rows []logRow) {
	begin := time.Now()
	err := d.store.InsertRecords(ctx, table, rows, recordsToken(table, rows))
	if err == nil {
		d.health.ok()
		d.telemetry.ExporterLlmClickhouseInserts.Add(ctx, 1)
		d.telemetry.ExporterLlmClickhouseInsertDuration.Record(ctx, time.Since(begin).Seconds())
		d.telemetry.ExporterLlmClickhouseLogsStored.Add(ctx, int64(len(rows)), metric.WithAttributes(attribute.String("table", table)))
		return
	}
	err = fmt.Errorf("insert of %d rows into %s: %w", len(rows), table, err)
	class, wait := clickhouse.Classify(err)
	if _, ok := errors.AsType[*rowError](err); ok {
		class = clickhouse.ClassPermanent
	}
	d.telemetry.ExporterLlmClickhouseInsertErrors.Add(ctx, 1, metric.WithAttributes(
		attribute.String("class", class.String()), attribute.String("reason", clickhouse.Reason(err))))
	switch {
	case class != clickhouse.ClassPermanent:
		d.retryLater(ctx, rows, err, wait)
	case len(rows) == 1 || d.inserts < 2:
		d.setAside(ctx, rows, err)
	default:
		// One bad row does not condemn the others.
		d.inserts -= 2
		d.send(ctx, table, rows[:len(rows)/2])
		d.send(ctx, table, rows[len(rows)/2:])
	}
}

func (d *logsDelivery) retryLater(ctx context.Context, rows []logRow, err error, wait time.Duration) {
	d.failed = append(d.failed, rows...)
	d.err = errors.Join(d.err, err)
	d.wait = max(d.wait, wait)
	if ctx.Err() == nil {
		d.health.failed(err)
	}
	if clickhouse.SchemaGone(err) {
		d.gate.shut()
	}
}

// setAside puts records into the dead-letter folder, as they came.
func (d *logsDelivery) setAside(ctx context.Context, rows []logRow, cause error) {
	info := deadletter.Info{
		Time: d.now().UTC(), Reason: clickhouse.Reason(cause), Code: clickhouse.Code(cause), Error: cause.Error(), Tenants: map[string]int{},
	}
	if _, ok := errors.AsType[*rowError](cause); ok {
		info.Reason = "row"
	}
	for _, r := range rows {
		info.Tenants[r.tenant]++
	}
	if d.folder != nil {
		if err := d.folder.WriteLogs(d.subset(rows), info); err != nil {
			err = fmt.Errorf("ClickHouse refuses %d log records (%s) and dead_letter::directory cannot take them: %w", len(rows), info.Reason, err)
			d.failed = append(d.failed, rows...)
			d.err = errors.Join(d.err, err)
			d.wait = max(d.wait, deadLetterWait)
			d.log.Warn("refused log records cannot be set aside; make room, or raise dead_letter::max_size_mib", zap.Error(err))
			return
		}
	}
	d.log.Error("ClickHouse refuses log records for good", zap.Int("records", len(rows)), zap.String("reason", info.Reason),
		zap.Bool("kept", d.folder != nil), zap.Error(cause))
	d.telemetry.ExporterLlmClickhouseLogsDeadLettered.Add(ctx, int64(len(rows)), metric.WithAttributes(attribute.String("reason", info.Reason)))
}

// subset are the records of rows, in the order they came.
func (d *logsDelivery) subset(rows []logRow) plog.Logs {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b logRow) int {
		return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.scope, b.scope), cmp.Compare(a.record, b.record))
	})
	out := plog.NewLogs()
	var to plog.ScopeLogs
	var toResource plog.ResourceLogs
	for i, r := range rows {
		rl := d.logs.ResourceLogs().At(r.resource)
		sl := rl.ScopeLogs().At(r.scope)
		newResource := i == 0 || rows[i-1].resource != r.resource
		if newResource {
			toResource = out.ResourceLogs().AppendEmpty()
			rl.Resource().CopyTo(toResource.Resource())
			toResource.SetSchemaUrl(rl.SchemaUrl())
		}
		if newResource || rows[i-1].scope != r.scope {
			to = toResource.ScopeLogs().AppendEmpty()
			sl.Scope().CopyTo(to.Scope())
			to.SetSchemaUrl(sl.SchemaUrl())
		}
		sl.LogRecords().At(r.record).CopyTo(to.LogRecords().AppendEmpty())
	}
	return out
}

// recordsToken names a set of rows and what they say; a repetition of the insert has the same.
func recordsToken(table string, rows []logRow) string {
	h := sha256.New()
	h.Write([]byte(table))
	for i := range rows {
		h.Write(rows[i].digest[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
