package llmclickhouseexporter

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// health says how the store is doing: as component status and in the log when that changes, and as metrics.
type health struct {
	log     *zap.Logger
	host    component.Host
	version atomic.Int64

	mu    sync.Mutex
	up    bool
	known bool
	last  string
	kind  string
}

func newHealth(log *zap.Logger) *health { return &health{log: log, last: "it was not reached yet"} }

func (h *health) ok() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.up {
		return
	}
	if h.known {
		h.log.Info("the store is back")
	}
	h.up, h.known, h.last = true, true, ""
	componentstatus.ReportStatus(h.host, componentstatus.NewEvent(componentstatus.StatusOK))
}

func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	report := h.up || !h.known
	// Texts name counts and addresses that change from one attempt to the next; kinds do not.
	kind := clickhouse.Reason(err)
	news := report || kind != h.kind
	h.up, h.known, h.last, h.kind = false, true, err.Error(), kind
	if news {
		h.log.Warn("the store cannot be used; spans wait in the queue", zap.Error(err))
	}
	if report {
		componentstatus.ReportStatus(h.host, componentstatus.NewRecoverableErrorEvent(err))
	}
}

func (h *health) reason() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

func (h *health) isUp() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.up {
		return 1
	}
	return 0
}

// registerMetrics is called by start, because a callback lives until the telemetry builder is shut down.
func (e *clickhouseExporter) registerMetrics() error {
	ints := []struct {
		register func(metric.Int64Callback) error
		value    func() (int64, bool)
	}{
		{e.telemetry.RegisterExporterLlmClickhouseStoreUpCallback, func() (int64, bool) { return e.health.isUp(), true }},
		{e.telemetry.RegisterExporterLlmClickhouseSchemaVersionCallback, func() (int64, bool) { return e.health.version.Load(), true }},
		{e.telemetry.RegisterExporterLlmClickhouseSpansDoubtfulCallback, func() (int64, bool) { return int64(e.window.Stats().Doubtful), true }},
		{e.telemetry.RegisterExporterLlmClickhouseWindowSizeCallback, func() (int64, bool) { return int64(e.window.Stats().Stored), true }},
		{e.telemetry.RegisterExporterLlmClickhouseSettleDueCallback, func() (int64, bool) { return e.settler.due(), e.settler != nil }},
		{e.telemetry.RegisterExporterLlmClickhouseSettlePendingCallback, func() (int64, bool) { return e.settler.pending(), e.settler != nil }},
		{e.telemetry.RegisterExporterLlmClickhouseDeadLetterSizeCallback, func() (int64, bool) {
			if e.folder == nil {
				return 0, false
			}
			n, err := e.folder.Size()
			return n, err == nil
		}},
	}
	for _, m := range ints {
		err := m.register(func(_ context.Context, o metric.Int64Observer) error {
			if v, ok := m.value(); ok {
				o.Observe(v)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return e.telemetry.RegisterExporterLlmClickhouseNewestAgeCallback(func(_ context.Context, o metric.Float64Observer) error {
		if n := e.newest.Load(); n != 0 {
			o.Observe(float64(e.now().UnixNano()-n) / 1e9)
		}
		return nil
	})
}

// seen moves the end of the newest stored span on.
func (e *clickhouseExporter) seen(end int64) {
	for {
		old := e.newest.Load()
		if end <= old || e.newest.CompareAndSwap(old, end) {
			return
		}
	}
}
