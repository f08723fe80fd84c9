package llmlogsconnector

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor"
)

// Spans and log events of two calls each, as the clients send them: the logs without a trace, since they are written outside the call's
// span. Whatever comes first, each call counts once, with all that either of the two reports knows.
func TestBesideSpans(t *testing.T) {
	second := func(n int) pcommon.Timestamp { return recorded + pcommon.Timestamp(n)*1e9 }
	for name, tt := range map[string]struct {
		scope, model   string
		spans, records []attrs
		want           string
	}{
		"codex": {
			scope: "codex_exec", model: "gpt-5-codex",
			spans: []attrs{
				{"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_read.input_tokens": 512, "codex.usage.reasoning_output_tokens": 64, "codex.usage.total_tokens": 1248},
				{"gen_ai.usage.input_tokens": 1283, "gen_ai.usage.output_tokens": 89, "gen_ai.usage.cache_read.input_tokens": 1024, "codex.usage.reasoning_output_tokens": 0, "codex.usage.total_tokens": 1372},
			},
			records: []attrs{
				{"event.name": "codex.sse_event", "event.kind": "response.completed", "conversation.id": "c", "model": "gpt-5-codex", "input_token_count": "1037", "output_token_count": "211", "cached_token_count": 512, "reasoning_token_count": 64, "tool_token_count": "1248"},
				{"event.name": "codex.sse_event", "event.kind": "response.completed", "conversation.id": "c", "model": "gpt-5-codex", "input_token_count": "1283", "output_token_count": "89", "cached_token_count": 1024, "reasoning_token_count": 0, "tool_token_count": "1372"},
			},
			want: "calls 2, failed 0, input 2320, output 300, cache read 1536, cache write unknown, reasoning 64",
		},
		"gemini cli": {
			scope: "gemini-cli", model: "gemini-2.5-pro",
			spans: []attrs{
				{"gen_ai.operation.name": "llm_call", "gen_ai.request.model": "gemini-2.5-pro", "gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 147},
				{"gen_ai.operation.name": "llm_call", "gen_ai.request.model": "gemini-2.5-pro"},
			},
			records: []attrs{
				{"event.name": "gemini_cli.api_response", "session.id": "s", "model": "gemini-2.5-pro", "duration_ms": 900, "input_token_count": 1037, "output_token_count": 147, "cached_content_token_count": 512, "thoughts_token_count": 64, "total_token_count": 1248},
				{"event.name": "gemini_cli.api_response", "session.id": "s", "model": "gemini-2.5-pro", "duration_ms": 900, "input_token_count": 1283, "output_token_count": 89, "cached_content_token_count": 1024, "thoughts_token_count": 0, "total_token_count": 1372},
			},
			want: "calls 2, failed 0, input 2320, output 300, cache read 1536, cache write unknown, reasoning 64",
		},
	} {
		for _, logsFirst := range []bool{false, true} {
			td := ptrace.NewTraces()
			rs := td.ResourceSpans().AppendEmpty()
			rs.Resource().Attributes().PutStr("service.name", "tool")
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(tt.scope)
			logs := ptrace.NewTraces()
			for i := range tt.spans {
				span := ss.Spans().AppendEmpty()
				require.NoError(t, span.Attributes().FromRaw(tt.spans[i]))
				span.SetTraceID(pcommon.TraceID{byte(i + 1)})
				span.SetSpanID(pcommon.SpanID{byte(i + 1)})
				span.SetStartTimestamp(second(10 * i))
				span.SetEndTimestamp(second(10*i + 1))
				ld, r := recordOf(t, tt.scope, tt.records[i])
				r.SetTimestamp(second(10*i+1) - 1e6)
				through(t, ld)[0].ResourceSpans().MoveAndAppendTo(logs.ResourceSpans())
			}
			requests := []ptrace.Traces{td, logs}
			if logsFirst {
				requests = []ptrace.Traces{logs, td}
			}
			f, models := stored(priced(t, requests))
			assert.Equal(t, tt.want, f.String(), name)
			assert.Equal(t, []string{tt.model, tt.model}, models, "%s: what counts can be priced", name)
		}
	}
}

// priced sends spans through llm_cost.
func priced(t *testing.T, requests []ptrace.Traces) []ptrace.Traces {
	t.Helper()
	sink := new(consumertest.TracesSink)
	factory := llmcostprocessor.NewFactory()
	p, err := factory.CreateTraces(t.Context(), processortest.NewNopSettings(factory.Type()), factory.CreateDefaultConfig(), sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, p.ConsumeTraces(t.Context(), testkit.OneRequest(requests)))
	require.NoError(t, p.Shutdown(t.Context()))
	return sink.AllTraces()
}

// stored adds up what llm_cost wrote.
func stored(requests []ptrace.Traces) (f testkit.CaseFigures, models []string) {
	for _, s := range spansOf(requests) {
		a := s.Attributes()
		if text(a, "watchllm.usage.role") != "call" {
			continue
		}
		if text(a, "watchllm.outcome") == "error" {
			f.FailedCalls++
		} else {
			f.Calls++
		}
		models = append(models, text(a, "gen_ai.request.model"))
		for key, dst := range map[string]**int64{
			"gen_ai.usage.input_tokens": &f.Input, "gen_ai.usage.output_tokens": &f.Output, "gen_ai.usage.cache_read.input_tokens": &f.CacheRead,
			"gen_ai.usage.reasoning.output_tokens": &f.Reasoning,
		} {
			if v, ok := a.Get(key); ok {
				if *dst == nil {
					*dst = new(int64)
				}
				**dst += v.Int()
			}
		}
	}
	return f, models
}
