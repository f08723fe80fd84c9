package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
)

// settleConfig is testConfig with settling, and with a delay that tests need not wait for.
func settleConfig(t testing.TB, e *testkit.Engine, database string) *Config {
	cfg := testConfig(t, e, database)
	cfg.Settle = createDefaultConfig().(*Config).Settle
	cfg.Settle.Delay = time.Millisecond
	return cfg
}

// startSettler starts an exporter and waits until it has looked at what was there before it.
func startSettler(t testing.TB, cfg *Config) *clickhouseExporter {
	e := startExporter(t, cfg)
	waitSettled(t, e)
	return e
}

func waitSettled(t testing.TB, e *clickhouseExporter) {
	t.Helper()
	require.Eventually(t, func() bool { return e.settler.due() == 0 }, time.Minute, 5*time.Millisecond)
}

// told is one span as llm_cost hands it on when it sees nothing else.
type told struct {
	tenant, project     string
	trace, span, parent int
	scope, service      string
	role                string // llm when empty
	in, out             int64
	response            string
	from, to            time.Duration
	conversation        string
}

const plain = "plain"

func (c told) traces() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	tenancy.Stamp(rs.Resource().Attributes(), or(c.tenant, "acme"), or(c.project, "shop"))
	rs.Resource().Attributes().PutStr(semconv.ServiceName, or(c.service, "svc"))
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(or(c.scope, "scope"))
	s := ss.Spans().AppendEmpty()
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[8:], uint64(c.trace))
	s.SetTraceID(trace)
	s.SetSpanID(spanIDOf(c.span))
	s.SetParentSpanID(spanIDOf(c.parent))
	s.SetName("span " + strconv.Itoa(c.span))
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(testTime.Add(c.from)))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(testTime.Add(c.to)))
	a := s.Attributes()
	role := or(c.role, semconv.RoleLLM)
	usage := semconv.UsageRoleNone
	switch {
	case role == semconv.RoleLLM:
		usage = semconv.UsageRoleCall
	case c.in > 0:
		usage = semconv.UsageRoleAggregate
	}
	if role == plain {
		role = semconv.RoleOther
	}
	a.PutStr(semconv.WatchLLMRole, role)
	a.PutStr(semconv.WatchLLMUsageRole, usage)
	a.PutStr(semconv.WatchLLMDialect, "otel")
	a.PutStr(semconv.WatchLLMOutcome, semconv.OutcomeOk)
	a.PutStr(semconv.GenAIRequestModel, "gpt-5.2")
	if c.in > 0 {
		a.PutInt(semconv.GenAIUsageInputTokens, c.in)
		a.PutInt(semconv.GenAIUsageOutputTokens, c.out)
		a.PutStr(semconv.WatchLLMCostAmount, "0.001")
	}
	if c.response != "" {
		a.PutStr(semconv.GenAIResponseID, c.response)
	}
	if c.conversation != "" {
		a.PutStr(semconv.GenAIConversationID, c.conversation)
	}
	return td
}

func spanIDOf(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// tell pushes spans one by one.
func tell(t testing.TB, e *clickhouseExporter, spans ...told) {
	t.Helper()
	for _, s := range spans {
		require.NoError(t, e.push(context.Background(), s.traces()))
	}
}

// together puts spans into one delivery.
func together(spans ...told) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, s := range spans {
		s.traces().ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	return td
}

func shuffled(spans []told) []told {
	out := append([]told(nil), spans...)
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// totals are what every report of the store adds up: calls, input tokens, cost.
func totals(t testing.TB, e *testkit.Engine, db string) string {
	return query(t, e, "SELECT count(), sum(input_tokens), sum(cost) FROM "+db+".llm_spans FINAL WHERE usage_role = 'call'")
}

// verdicts lists the rows as they stand: trace, span, role, reason, the span that counts instead, what it was before.
func verdicts(t testing.TB, e *testkit.Engine, db string) string {
	return query(t, e, "SELECT tenant_id, substring(trace_id, 31), substring(span_id, 15), usage_role, usage_role_reason, substring(usage_counted_by, 31), usage_role_before FROM "+
		db+".llm_spans FINAL ORDER BY ALL")
}
