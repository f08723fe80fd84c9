package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// node is a span of a test trace: its name is its id, parent names another.
type node struct {
	name, parent string
	attrs        attrs
	failed       bool
	tenant       string
	project      string
}

func trace(t testing.TB, nodes ...node) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	for _, n := range nodes {
		rs := td.ResourceSpans().AppendEmpty()
		if n.project != "" {
			rs.Resource().Attributes().PutStr(semconv.WatchLLMProjectID, n.project)
		}
		if n.tenant != "" {
			rs.Resource().Attributes().PutStr(semconv.WatchLLMTenantID, n.tenant)
		}
		spanWith(t, n.attrs).CopyTo(rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty())
		span := rs.ScopeSpans().At(0).Spans().At(0)
		span.SetName(n.name)
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(idOf(n.name))
		span.SetParentSpanID(idOf(n.parent))
		if n.failed {
			span.Status().SetCode(ptrace.StatusCodeError)
		}
	}
	return td
}

func idOf(name string) (id pcommon.SpanID) {
	copy(id[:], name)
	return id
}

func usageRoles(t testing.TB, nodes ...node) map[string]string {
	t.Helper()
	roles := map[string]string{}
	entries := readAll(trace(t, nodes...), "", true)
	for i := range entries {
		roles[entries[i].Span.Name()] = entries[i].Call.UsageRole
	}
	return roles
}

func TestDeliverySettlesItsSpans(t *testing.T) {
	llm, used := chat(nil), chat(attrs{"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2})
	embed := attrs{"gen_ai.operation.name": "embeddings"}
	http := attrs{"http.request.method": "POST"}
	tool := attrs{"gen_ai.operation.name": "execute_tool"}
	step := attrs{"gen_ai.operation.name": "agent_step"}
	for _, tt := range []struct {
		name  string
		nodes []node
		want  map[string]string
	}{
		{"two calls side by side", []node{{name: "a", attrs: used}, {name: "b", attrs: used}}, map[string]string{"a": "call", "b": "call"}},
		{"wrapper", []node{{name: "out", attrs: used}, {name: "in", parent: "out", attrs: used}}, map[string]string{"out": "duplicate", "in": "call"}},
		{"children first", []node{{name: "in", parent: "out", attrs: used}, {name: "out", attrs: used}}, map[string]string{"out": "duplicate", "in": "call"}},
		{
			"through spans that mean nothing",
			[]node{{name: "out", attrs: used}, {name: "h", parent: "out", attrs: http}, {name: "s", parent: "h", attrs: step}, {name: "in", parent: "s", attrs: used}},
			map[string]string{"out": "duplicate", "s": "none", "in": "call"},
		},
		{
			"a tool between them makes two calls",
			[]node{{name: "out", attrs: used}, {name: "t", parent: "out", attrs: tool}, {name: "in", parent: "t", attrs: used}},
			map[string]string{"out": "call", "t": "none", "in": "call"},
		},
		{
			"a tool below is no call", []node{{name: "out", attrs: used}, {name: "t", parent: "out", attrs: tool}},
			map[string]string{"out": "call", "t": "none"},
		},
		{
			"an embedding below a chat is another call",
			[]node{{name: "out", attrs: used}, {name: "in", parent: "out", attrs: embed}}, map[string]string{"out": "call", "in": "call"},
		},
		{
			"only the outer knows the usage",
			[]node{{name: "out", attrs: used}, {name: "in", parent: "out", attrs: llm}}, map[string]string{"out": "call", "in": "duplicate"},
		},
		{"neither knows", []node{{name: "out", attrs: embed}, {name: "in", parent: "out", attrs: embed}}, map[string]string{"out": "duplicate", "in": "call"}},
		{
			"three deep",
			[]node{{name: "a", attrs: used}, {name: "b", parent: "a", attrs: used}, {name: "c", parent: "b", attrs: used}},
			map[string]string{"a": "duplicate", "b": "duplicate", "c": "call"},
		},
		{
			"failed attempt and success below a wrapper",
			[]node{{name: "out", attrs: used}, {name: "x", parent: "out", attrs: llm, failed: true}, {name: "ok", parent: "out", attrs: used}},
			map[string]string{"out": "duplicate", "x": "call", "ok": "call"},
		},
		{
			"the outer succeeded after a failed attempt",
			[]node{{name: "out", attrs: used}, {name: "x", parent: "out", attrs: llm, failed: true}}, map[string]string{"out": "call", "x": "call"},
		},
		{
			"both failed",
			[]node{{name: "out", attrs: llm, failed: true}, {name: "in", parent: "out", attrs: llm, failed: true}},
			map[string]string{"out": "duplicate", "in": "call"},
		},
		{
			"another tenant's span of the same ids",
			[]node{{name: "out", attrs: used, tenant: "a"}, {name: "in", parent: "out", attrs: used, tenant: "b"}},
			map[string]string{"out": "call", "in": "call"},
		},
		{
			"another project's span of the same ids",
			[]node{{name: "out", attrs: used, tenant: "a", project: "x"}, {name: "in", parent: "out", attrs: used, tenant: "a", project: "y"}},
			map[string]string{"out": "call", "in": "call"},
		},
		{"its own parent", []node{{name: "a", parent: "a", attrs: used}, {name: "b", attrs: used}}, map[string]string{"a": "call", "b": "call"}},
		{
			"a cycle ends", []node{{name: "a", parent: "b", attrs: used}, {name: "b", parent: "a", attrs: used}},
			map[string]string{"a": "call", "b": "call"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, usageRoles(t, tt.nodes...))
		})
	}
}

func TestDeliveryHandsDownWhatTheOuterSpanKnows(t *testing.T) {
	td := trace(t,
		node{name: "out", attrs: chat(attrs{"gen_ai.conversation.id": "c-1", "user.id": "u-1", "gen_ai.prompt.name": "p"})},
		node{name: "in", parent: "out", attrs: chat(attrs{"gen_ai.usage.input_tokens": 1, "user.id": "inner"})},
	)
	entries := readAll(td, "", true)
	inner := &entries[1]
	require.Equal(t, "in", inner.Span.Name())
	require.True(t, inner.Inherited)
	inner.WriteInherited()
	out := inner.Span.Attributes().AsRaw()
	assert.Equal(t, "c-1", out["gen_ai.conversation.id"])
	assert.Equal(t, "p", out["gen_ai.prompt.name"])
	assert.Equal(t, "inner", out["watchllm.user.id"], "its own facts stay")
	assert.Empty(t, entries[0].Call.Usage.MissingReason, "nothing is missing from a duplicate")
}
