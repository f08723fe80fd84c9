package llmclickhouseexporter

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadata"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
)

// logsExporter stores log records: scores in llm_scores, all others in llm_logs. It needs no window of identities, because nothing adds up
// rows that were not replaced: readers of both tables say FINAL.
type logsExporter struct {
	cfg       *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	open      func() (recordStore, error)
	now       func() time.Time

	store  recordStore
	folder *deadletter.Folder
	gate   *gate
	health *health

	stop context.CancelFunc
	done chan struct{}
}

func createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	c := cfg.(*Config)
	e, err := newLogsExporter(set, c)
	if err != nil {
		return nil, err
	}
	logs, err := exporterhelper.NewLogs(ctx, set, cfg, e.push,
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		// Every statement has its own timeout; a push may need several.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(c.RetryConfig),
		exporterhelper.WithQueue(c.QueueConfig),
	)
	if err != nil {
		return nil, err
	}
	return observed{logs, e}, nil
}

func newLogsExporter(set exporter.Settings, cfg *Config) (*logsExporter, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	e := &logsExporter{
		cfg: cfg, log: set.Logger, telemetry: tb,
		open:   func() (recordStore, error) { return newClickhouseRecords(set.ID, cfg) },
		now:    time.Now,
		gate:   newGate(),
		health: newHealth(set.Logger),
	}
	if cfg.DeadLetter.Directory != "" {
		e.folder = &deadletter.Folder{Dir: cfg.DeadLetter.Directory, MaxBytes: cfg.DeadLetter.MaxSizeMiB * mib}
	}
	return e, nil
}

// observed says when records without a time of observation were seen. That has to stand before the queue: a record that is taken from it
// twice must be the same one.
type observed struct {
	exporter.Logs
	e *logsExporter
}

func (o observed) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	now := o.e.now()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if !spanblock.Plausible(r.ObservedTimestamp(), now.UnixNano()) {
					r.SetObservedTimestamp(pcommon.NewTimestampFromTime(now))
				}
			}
		}
	}
	return o.Logs.ConsumeLogs(ctx, ld)
}

// start returns at once and never fails for the store's sake: connecting is the background's work.
func (e *logsExporter) start(_ context.Context, host component.Host) error {
	s, err := e.open()
	if err != nil {
		return err
	}
	e.store = s
	e.health.host = host
	if e.folder == nil {
		e.log.Warn("dead_letter::directory is not set: log records that ClickHouse refuses for good will be dropped")
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.stop, e.done = cancel, make(chan struct{})
	go func() {
		defer close(e.done)
		e.keepReady(ctx)
	}()
	return nil
}

func (e *logsExporter) shutdown(context.Context) error {
	if e.stop != nil {
		e.stop()
		<-e.done
	}
	e.telemetry.Shutdown()
	if e.store != nil {
		return e.store.Close()
	}
	return nil
}

// keepReady migrates, and then completes scores, until ctx is done.
func (e *logsExporter) keepReady(ctx context.Context) {
	whileReady(ctx, e.gate, e.health, func() error { _, err := e.store.Prepare(ctx); return err }, e.completeScores)
}

const (
	// completeEvery is how often is looked for scores that a view left out.
	completeEvery = 10 * time.Second
	// completeAtStart is how far back is looked at first: for longer nobody was away who had sent what was not stored.
	completeAtStart = 7 * 24 * time.Hour
	// completeMargin covers spans whose insert took long, and clocks of other collectors.
	completeMargin = 10 * time.Minute
)

// completeScores makes sure that every evaluation that is stored as a span is a score, until the tables are gone or ctx is done.
func (e *logsExporter) completeScores(ctx context.Context) {
	tick := time.NewTicker(completeEvery)
	defer tick.Stop()
	since := e.now().Add(-completeAtStart)
	for {
		begin := e.now()
		if err := e.store.AddMissingScores(ctx, since); err == nil {
			since = begin.Add(-completeMargin)
		} else if ctx.Err() == nil {
			e.log.Debug("cannot look for missing scores; trying again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-e.gate.closed():
			return
		case <-tick.C:
		}
	}
}

// push stores what log records say. When some could not be stored now, the error carries them.
func (e *logsExporter) push(ctx context.Context, ld plog.Logs) error {
	if !e.gate.wait(ctx, readyWait) {
		return fmt.Errorf("the store is not ready: %s", e.health.reason())
	}
	d := &logsDelivery{logsExporter: e, logs: ld, inserts: searchInserts}
	return d.run(ctx)
}
