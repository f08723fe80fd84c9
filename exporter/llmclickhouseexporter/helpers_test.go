package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap/zaptest"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadata"
	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

// testConfig is a configuration for an engine, without queue and retry: what push returns is seen.
func testConfig(t testing.TB, e *testkit.Engine, database string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Endpoint, cfg.Username, cfg.Password, cfg.Database = e.Endpoint, e.Username, configopaque.String(e.Password), database
	cfg.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.RetryConfig.Enabled = false
	cfg.DeadLetter.Directory = t.TempDir()
	// The spans of the tests have fixed times, which no retention must reach one day.
	cfg.Retention.Days = 0
	// What is appended later is the business of the tests of settling.
	cfg.Settle.Enabled = false
	require.NoError(t, confmap.Validate(cfg))
	return cfg
}

func testSettings(t testing.TB) exporter.Settings {
	set := exportertest.NewNopSettings(metadata.Type)
	set.Logger = zaptest.NewLogger(t)
	return set
}

// startExporter starts an exporter and waits until it is ready.
func startExporter(t testing.TB, cfg *Config) *clickhouseExporter {
	e, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	startAndWait(t, e)
	return e
}

func startAndWait(t testing.TB, e *clickhouseExporter) {
	require.NoError(t, e.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.shutdown(context.Background())) })
	require.True(t, e.gate.wait(context.Background(), 30*time.Second), e.health.reason())
}

var testTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// spansOf makes spans with the given numbers as identity, all of one trace per hundred.
func spansOf(tenant string, numbers ...int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	tenancy.Stamp(rs.Resource().Attributes(), tenant, "shop")
	rs.Resource().Attributes().PutStr("service.name", "svc")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("scope")
	for _, n := range numbers {
		s := ss.Spans().AppendEmpty()
		var trace pcommon.TraceID
		var span pcommon.SpanID
		binary.BigEndian.PutUint64(trace[8:], uint64(n/100+1))
		binary.BigEndian.PutUint64(span[:], uint64(n+1))
		s.SetTraceID(trace)
		s.SetSpanID(span)
		s.SetName("chat " + strconv.Itoa(n%7))
		at := testTime.Add(time.Duration(n) * time.Millisecond)
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Second)))
		s.Attributes().PutStr(semconv.WatchLLMUsageRole, semconv.UsageRoleCall)
		s.Attributes().PutInt(semconv.GenAIUsageInputTokens, int64(n))
		s.Attributes().PutStr(semconv.WatchLLMCostAmount, fmt.Sprintf("0.%012d", n))
	}
	return td
}

func numbers(from, to int) []int {
	out := make([]int, 0, to-from)
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

func query(t testing.TB, e *testkit.Engine, statement string) string {
	out, err := e.Query(statement)
	require.NoError(t, err)
	return strings.TrimSpace(out)
}

// requireRows checks that every span is there, once, in raw rows and not only after replacing.
func requireRows(t testing.TB, e *testkit.Engine, database string, want int) {
	t.Helper()
	got := query(t, e, "SELECT count(), uniqExact(tenant_id, trace_id, span_id) FROM "+database+".llm_spans")
	require.Equal(t, fmt.Sprintf("%d\t%d", want, want), got)
}

// push delivers spans as they come without a queue.
func (e *clickhouseExporter) push(ctx context.Context, td ptrace.Traces) error {
	req, err := e.convert(ctx, td)
	if err != nil {
		return err
	}
	return e.deliver(ctx, req)
}

func deliveryOf(t testing.TB, e *clickhouseExporter, td ptrace.Traces) *delivery {
	req, err := e.convert(context.Background(), td)
	require.NoError(t, err)
	return newDelivery(e, req.(*request))
}

// remaining is what a retry sends after an error.
func remaining(err error, td ptrace.Traces) ptrace.Traces {
	left, ok := errors.AsType[*leftError](err)
	if !ok {
		return td
	}
	out := ptrace.NewTraces()
	for _, part := range left.rest.parts {
		var p spanblock.Packed
		if err := p.Open(part.data); err != nil {
			panic(err)
		}
		part.each(func(from, to int) {
			for row := from; row < to; row++ {
				p.Restore(row, out)
			}
		})
	}
	return out
}

// newTestWindow is a window whose clock can be moved on.
func newTestWindow(e *clickhouseExporter, offset *time.Duration) *dedup.Window {
	return dedup.NewWindow(e.cfg.Dedup.WindowSize, 24*time.Hour, e.cfg.Timeout+overrun, func() time.Time { return time.Now().Add(*offset) })
}

type nopHost struct{}

func (nopHost) GetExtensions() map[component.ID]component.Component { return nil }
