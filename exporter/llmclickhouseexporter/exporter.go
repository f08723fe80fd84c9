package llmclickhouseexporter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadata"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
)

// overrun is how much longer than the client's timeout an insert may go on in the server: the driver
// sets max_execution_time five seconds above the deadline, and the server checks it now and then.
const overrun = 15 * time.Second

// readyWait is how long a batch waits for the store before it goes back to the queue: long enough to
// spare a line of log for a short absence, short enough not to hold up a shutdown.
const readyWait = 2 * time.Second

// What is kept of each kind: as many inserts run at once by default, and as many requests as cores can convert.
const keptBlocks, keptScratches = 2, 8

type clickhouseExporter struct {
	cfg       *Config
	id        component.ID
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	open      func() (store, error)
	now       func() time.Time

	store  store
	hasher dedup.Hasher
	window *dedup.Window
	folder *deadletter.Folder
	// blocks are those of inserts, scratches those of conversions, which are smaller.
	blocks    pool[*spanblock.Block]
	scratches pool[*scratch]
	opened    sync.Pool
	gate      *gate
	health    *health
	// settler is nil when settling is off.
	settler *settler
	// newest is the end of the newest stored span in nanoseconds, 0 before the first.
	newest atomic.Int64

	stop context.CancelFunc
	work sync.WaitGroup
}

func newExporter(set exporter.Settings, cfg *Config) (*clickhouseExporter, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	e := &clickhouseExporter{
		cfg:       cfg,
		id:        set.ID,
		log:       set.Logger,
		telemetry: tb,
		open:      func() (store, error) { return newClickhouseStore(set.ID, cfg) },
		now:       time.Now,
		hasher:    dedup.NewHasher(),
		window:    dedup.NewWindow(cfg.Dedup.WindowSize, cfg.Dedup.WindowAge, cfg.Timeout+overrun, time.Now),
		blocks:    newPool(keptBlocks, spanblock.New),
		scratches: newPool(keptScratches, func() *scratch { return &scratch{block: spanblock.New()} }),
		opened:    sync.Pool{New: func() any { return new(spanblock.Packed) }},
		gate:      newGate(),
		health:    newHealth(set.Logger),
	}
	if cfg.Settle.Enabled {
		e.settler = newSettler(e)
	}
	if cfg.DeadLetter.Directory != "" {
		e.folder = &deadletter.Folder{Dir: cfg.DeadLetter.Directory, MaxBytes: cfg.DeadLetter.MaxSizeMiB * mib}
	}
	return e, nil
}

// start returns at once and never fails for the store's sake: connecting is the background's work.
func (e *clickhouseExporter) start(_ context.Context, host component.Host) error {
	s, err := e.open()
	if err != nil {
		return err
	}
	e.store = s
	e.health.host = host
	if e.folder == nil {
		e.log.Warn("dead_letter::directory is not set: spans that ClickHouse refuses for good will be dropped")
	}
	if err := e.registerMetrics(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.stop = cancel
	e.work.Go(func() { e.keepReady(ctx) })
	return e.startSettling()
}

func (e *clickhouseExporter) shutdown(context.Context) error {
	e.stopSettling()
	if e.stop != nil {
		e.stop()
	}
	e.work.Wait()
	e.telemetry.Shutdown()
	if e.store != nil {
		return e.store.Close()
	}
	return nil
}

// deliver stores what a request holds.
func (e *clickhouseExporter) deliver(ctx context.Context, req xexporterhelper.Request) error {
	if !e.gate.wait(ctx, readyWait) {
		return fmt.Errorf("the store is not ready: %s", e.health.reason())
	}
	d := newDelivery(e, req.(*request))
	defer d.close()
	return d.run(ctx)
}
