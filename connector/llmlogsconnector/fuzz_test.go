package llmlogsconnector

import (
	"testing"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/testkit"
)

// Whatever arrives as logs: nothing panics, each span has an identity and times in order, the same bytes are the same spans, and the
// readers get over it.
func FuzzLogs(f *testing.F) {
	for _, c := range testkit.Cases(f) {
		for _, ld := range c.Logs(f) {
			raw, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
			if err == nil {
				f.Add(raw)
			}
		}
	}
	for _, a := range []attrs{
		{"event.name": "codex.sse_event", "event.kind": "response.completed", "input_token_count": "1e400", "output_token_count": nil},
		{"event.name": "gemini_cli.api_response", "duration_ms": "NaN", "total_token_count": []any{1}, "event.timestamp": "9999-99-99"},
		{"event.name": "claude_code.api_request", "input_tokens": "\xff", "cost_usd": map[string]any{"a": 1}},
	} {
		ld, r := recordOf(f, "gemini-cli", a)
		r.SetTimestamp(0)
		raw, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
		if err == nil {
			f.Add(raw)
		}
	}
	c := newTest(f, consumertest.NewNop())
	f.Fuzz(func(t *testing.T, raw []byte) {
		ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(raw)
		if err != nil {
			return
		}
		var first, second tally
		once, again := c.convert(ld, &first), c.convert(ld, &second)
		if first.records != int64(ld.LogRecordCount()) {
			t.Fatalf("%d records seen of %d", first.records, ld.LogRecordCount())
		}
		spans, sent := spansOf([]ptrace.Traces{once}), spansOf([]ptrace.Traces{again})
		for i, s := range spans {
			if s.TraceID().IsEmpty() || s.SpanID().IsEmpty() || s.EndTimestamp() < s.StartTimestamp() || s.EndTimestamp() == 0 {
				t.Fatalf("span %s:%s from %d to %d", s.TraceID(), s.SpanID(), s.StartTimestamp(), s.EndTimestamp())
			}
			if s.TraceID() != sent[i].TraceID() || s.SpanID() != sent[i].SpanID() {
				t.Fatal("the same record is another span")
			}
			scope := genai.NewScope(s.scope.Name(), s.scope.Version())
			var reader genai.Reader
			var call genai.Call
			if reader.Read(s.Span, &scope, &call) {
				reader.Write(s.Span, &call, false)
			}
		}
	})
}
