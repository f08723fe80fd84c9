package llmlogsconnector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/connector/llmlogsconnector/internal/metadata"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

type attrs = map[string]any

// recordOf is one log record with the given attributes, two seconds into the recordings' day.
func recordOf(t testing.TB, scope string, a attrs) (plog.Logs, plog.LogRecord) {
	t.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr(semconv.ServiceName, "tool")
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(scope)
	r := sl.LogRecords().AppendEmpty()
	r.SetTimestamp(1_795_400_002_000_000_000)
	require.NoError(t, r.Attributes().FromRaw(a))
	return ld, r
}

func newTest(t testing.TB, next consumer.Traces) *logsConnector {
	t.Helper()
	c, err := newConnector(connectortest.NewNopSettings(metadata.Type), createDefaultConfig().(*Config), next)
	require.NoError(t, err)
	return c
}

// through sends records through a connector and returns the spans.
func through(t testing.TB, requests ...plog.Logs) []ptrace.Traces {
	t.Helper()
	sink := new(consumertest.TracesSink)
	c := newTest(t, sink)
	for _, ld := range requests {
		ld.MarkReadOnly()
		require.NoError(t, c.ConsumeLogs(t.Context(), ld))
	}
	return sink.AllTraces()
}

// read reads spans as llm_cost does.
func read(requests []ptrace.Traces) []genai.Call {
	var calls []genai.Call
	var reader genai.Reader
	for _, span := range spansOf(requests) {
		var c genai.Call
		scope := genai.NewScope(span.scope.Name(), span.scope.Version())
		reader.Read(span.Span, &scope, &c)
		calls = append(calls, c)
	}
	return calls
}

type scopedSpan struct {
	ptrace.Span
	scope    pcommon.InstrumentationScope
	resource pcommon.Resource
}

func spansOf(requests []ptrace.Traces) []scopedSpan {
	var out []scopedSpan
	for _, td := range requests {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					out = append(out, scopedSpan{span, ss.Scope(), rs.Resource()})
				}
			}
		}
	}
	return out
}

// figuresOf adds up the calls, as a recorded case states them.
func figuresOf(calls []genai.Call) testkit.CaseFigures {
	var f testkit.CaseFigures
	add := func(dst **int64, n genai.Count) {
		if n.Known {
			if *dst == nil {
				*dst = new(int64)
			}
			**dst += n.N
		}
	}
	for i := range calls {
		c := &calls[i]
		switch {
		case c.UsageRole != semconv.UsageRoleCall:
			continue
		case c.Outcome == semconv.OutcomeError:
			f.FailedCalls++
		default:
			f.Calls++
		}
		add(&f.Input, c.Usage.Input)
		add(&f.Output, c.Usage.Output)
		add(&f.CacheRead, c.Usage.CacheRead)
		add(&f.CacheWrite, c.Usage.CacheWrite)
		add(&f.Reasoning, c.Usage.Reasoning)
	}
	return f
}
