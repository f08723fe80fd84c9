package chdbextension

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/watchllm/watchllm/extension/chdbextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/chdb/library"
)

var _ extension.Extension = (*engineExtension)(nil)

// engineExtension ties the supervisor to a collector: configuration, status,
// log and metrics.
type engineExtension struct {
	config    *Config
	log       *zap.Logger
	telemetry *metadata.TelemetryBuilder
	host      component.Host

	supervisor *supervisor
	cancel     context.CancelFunc
	done       chan struct{}
}

func newExtension(set extension.Settings, config *Config) (*engineExtension, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &engineExtension{config: config, log: set.Logger, telemetry: telemetry}, nil
}

// Start leaves the engine to a goroutine: whoever needs it retries until it is
// there. What no waiting heals is an error here.
func (e *engineExtension) Start(_ context.Context, host component.Host) error {
	binary, err := findBinary(e.config.Binary)
	if err != nil {
		return err
	}
	if e.config.Library == "" {
		if _, err := library.ForThisMachine(); err != nil {
			return fmt.Errorf("%w (or remove the chdb extension from service::extensions)", err)
		}
	}
	e.host = host
	e.supervisor = &supervisor{
		start:        e.startEngine(binary),
		startTimeout: e.config.StartTimeout,
		stopTimeout:  e.config.StopTimeout,
		backoff:      backoff{first: 100 * time.Millisecond, max: 30 * time.Second, calm: time.Minute},
		events:       e,
	}
	if err := e.observe(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel, e.done = cancel, make(chan struct{})
	e.report(componentstatus.NewRecoverableErrorEvent(errStarting))
	go func() {
		defer close(e.done)
		e.supervisor.run(ctx)
	}()
	return nil
}

var errStarting = errors.New("the ClickHouse engine is starting")

func (e *engineExtension) startEngine(binary string) func() (engine, error) {
	options := e.config.engineOptions()
	return func() (engine, error) {
		p, err := engineproc.Start(binary, options, e.logLine)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}

// Shutdown closes the engine; the collector calls it after the pipelines have
// written their last batches.
func (e *engineExtension) Shutdown(ctx context.Context) error {
	defer e.telemetry.Shutdown()
	if e.cancel == nil {
		return nil
	}
	e.cancel()
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the ClickHouse engine is still closing: %w", ctx.Err())
	}
}

func (e *engineExtension) observe() error {
	up := e.telemetry.RegisterChdbEngineUpCallback(func(_ context.Context, o metric.Int64Observer) error {
		if e.supervisor.pid() > 0 {
			o.Observe(1)
		} else {
			o.Observe(0)
		}
		return nil
	})
	memory := e.telemetry.RegisterChdbEngineMemoryCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(residentMemory(e.supervisor.pid()))
		return nil
	})
	return errors.Join(up, memory)
}

// serves is told by the supervisor.
func (e *engineExtension) serves(r engineproc.Ready, took time.Duration) {
	e.telemetry.ChdbEngineStartDuration.Record(context.Background(), took.Seconds())
	e.log.Info("the ClickHouse engine serves", zap.String("address", r.Addr), zap.String("version", r.Engine),
		zap.String("library", r.Library), zap.Duration("start", took))
	e.report(componentstatus.NewEvent(componentstatus.StatusOK))
}

// away is told by the supervisor; again is set when the reason is the last
// one's, which a log does not need every few seconds.
func (e *engineExtension) away(err error, retry time.Duration, again bool) {
	level := zapcore.ErrorLevel
	var exit *engineproc.ExitError
	switch {
	case again:
		level = zapcore.DebugLevel
	case errors.As(err, &exit) && exit.Code == engineproc.ExitLocked:
		// After the collector was killed, its engine takes a second to close.
		level = zapcore.WarnLevel
	}
	e.log.Check(level, "the ClickHouse engine is away; data waits in the exporters' queues").
		Write(zap.Error(err), zap.Duration("retry_in", retry))
	e.report(componentstatus.NewRecoverableErrorEvent(err))
}

func (e *engineExtension) restarting() { e.telemetry.ChdbEngineRestarts.Add(context.Background(), 1) }

func (e *engineExtension) stopped(err error) {
	if err != nil {
		e.log.Warn("the ClickHouse engine did not close cleanly", zap.Error(err))
	}
}

func (e *engineExtension) report(event *componentstatus.Event) {
	componentstatus.ReportStatus(e.host, event)
}

// logLine passes on what the engine's process says on stderr.
func (e *engineExtension) logLine(line string) {
	level, text := engineproc.ParseLog(line)
	to := zapcore.InfoLevel
	switch {
	case level < slog.LevelInfo:
		to = zapcore.DebugLevel
	case level >= slog.LevelError:
		to = zapcore.ErrorLevel
	case level >= slog.LevelWarn:
		to = zapcore.WarnLevel
	}
	e.log.Check(to, text).Write(zap.String("from", "watchllm-engine"))
}
