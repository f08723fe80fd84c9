package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// stores are the exporters of the two kinds of letters; each is started when the first letter of its kind comes.
type stores struct {
	*resender
	traces exporter.Traces
	logs   exporter.Logs
}

// store hands the content of a letter to the store, and returns how many spans or log records it holds.
func (s *stores) store(ctx context.Context, name string) (items int, err error) {
	if deadletter.HoldsLogs(name) {
		return s.storeLogs(ctx, name)
	}
	_, td, err := s.folder.Read(name)
	if err != nil {
		return 0, err
	}
	if s.traces == nil {
		set, cfg := s.settings()
		if s.traces, err = llmclickhouseexporter.NewFactory().CreateTraces(ctx, set, cfg); err != nil {
			return 0, err
		}
		if err := s.traces.Start(ctx, noExtensions{}); err != nil {
			return 0, err
		}
	}
	items = td.SpanCount()
	if err := s.traces.ConsumeTraces(ctx, td); err != nil {
		return 0, fmt.Errorf("%s stays where it is: %w", name, err)
	}
	return items, nil
}

func (s *stores) storeLogs(ctx context.Context, name string) (items int, err error) {
	_, ld, err := s.folder.ReadLogs(name)
	if err != nil {
		return 0, err
	}
	if s.logs == nil {
		set, cfg := s.settings()
		if s.logs, err = llmclickhouseexporter.NewFactory().CreateLogs(ctx, set, cfg); err != nil {
			return 0, err
		}
		if err := s.logs.Start(ctx, noExtensions{}); err != nil {
			return 0, err
		}
	}
	items = ld.LogRecordCount()
	if err := s.logs.ConsumeLogs(ctx, ld); err != nil {
		return 0, fmt.Errorf("%s stays where it is: %w", name, err)
	}
	return items, nil
}

func (s *stores) close(ctx context.Context) error {
	var errs []error
	if s.traces != nil {
		errs = append(errs, s.traces.Shutdown(ctx))
	}
	if s.logs != nil {
		errs = append(errs, s.logs.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func (r *resender) settings() (exporter.Settings, component.Config) {
	cfg := *r.cfg
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.CreateSchema = false
	cfg.RetryConfig.Enabled = true
	cfg.RetryConfig.MaxInterval = min(cfg.RetryConfig.MaxInterval, r.timeout)
	cfg.RetryConfig.MaxElapsedTime = r.timeout
	cfg.DeadLetter.Directory = r.folder.Dir
	// Old and new letter are there at once for a moment.
	cfg.DeadLetter.MaxSizeMiB *= 2
	return exporter.Settings{
		ID: component.NewIDWithName(llmclickhouseexporter.NewFactory().Type(), "resend"),
		TelemetrySettings: component.TelemetrySettings{
			Logger: zap.NewNop(), TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider(), Resource: pcommon.NewResource(),
		},
		BuildInfo: component.BuildInfo{Command: "watchllmctl", Version: version},
	}, &cfg
}

func showLogs(out io.Writer, folder *deadletter.Folder, name string, asJSON bool) error {
	letter, ld, err := folder.ReadLogs(name)
	if err != nil {
		return err
	}
	if asJSON {
		b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", b)
		return err
	}
	printReason(out, letter)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TENANT\tPROJECT\tTRACE\tSPAN\tTIME\tEVENT")
	for _, rl := range ld.ResourceLogs().All() {
		tenant, project := tenancy.FromResource(rl.Resource().Attributes())
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", tenant, project, r.TraceID(), r.SpanID(), r.Timestamp().AsTime().Format(time.RFC3339Nano), r.EventName())
			}
		}
	}
	return w.Flush()
}
