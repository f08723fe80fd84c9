package llmlogsconnector

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
)

// One record each of what clients send: what is made of it, and what the readers make of that.
func TestEvents(t *testing.T) {
	completed := attrs{
		"event.name": "codex.sse_event", "event.kind": "response.completed", "conversation.id": "c-1", "model": "gpt-5-codex", "slug": "gpt-5-codex",
		"input_token_count": "1037", "output_token_count": "211", "cached_token_count": 512, "reasoning_token_count": 64, "tool_token_count": "1248",
	}
	for name, tt := range map[string]struct {
		scope     string
		eventName string
		body      string
		attrs     attrs

		want  finding
		span  string
		error bool
		usage string // calls, failed, five numbers
	}{
		"codex: the answer's end, its name in the attribute": {
			eventName: "event otel/src/events/session_telemetry.rs:703", attrs: completed,
			want: finding{source: "codex", kind: kindCall, operation: "chat"}, span: "chat gpt-5-codex",
			usage: "calls 1, failed 0, input 1037, output 211, cache read 512, cache write unknown, reasoning 64",
		},
		"codex: the same piece as it came": {
			attrs: attrs{"event.name": "codex.sse_event", "event.kind": "response.completed", "duration_ms": "3"},
			want:  finding{source: "codex", ignored: ignoreProgress},
		},
		"codex: a piece of text": {
			attrs: attrs{"event.name": "codex.sse_event", "event.kind": "response.output_text.delta", "duration_ms": "3"},
			want:  finding{source: "codex", ignored: ignoreProgress},
		},
		"codex: an answer that broke off": {
			attrs: attrs{"event.name": "codex.sse_event", "event.kind": "response.completed", "model": "gpt-5-codex", "error.message": "stream closed"},
			want:  finding{source: "codex", kind: kindFailedCall, operation: "chat"}, span: "chat gpt-5-codex", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"codex: why it broke off, told before": {
			attrs: attrs{"event.name": "codex.sse_event", "event.kind": "response.failed", "error.message": "stream closed"},
			want:  finding{source: "codex", ignored: ignoreProgress},
		},
		"codex: a refused request": {
			attrs: attrs{"event.name": "codex.api_request", "model": "gpt-5-codex", "http.response.status_code": "429", "endpoint": "/responses", "duration_ms": "50"},
			want:  finding{source: "codex", kind: kindFailedCall, operation: "chat"}, span: "chat gpt-5-codex", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"codex: no connection at all, before there were endpoints": {
			attrs: attrs{"event.name": "codex.api_request", "error.message": "connection refused"},
			want:  finding{source: "codex", kind: kindFailedCall, operation: "chat"}, span: "chat", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"codex: a request that will be answered": {
			attrs: attrs{"event.name": "codex.api_request", "http.response.status_code": 200, "endpoint": "/responses"},
			want:  finding{source: "codex", ignored: ignoreProgress},
		},
		"codex: the list of models": {
			attrs: attrs{"event.name": "codex.api_request", "http.response.status_code": 404, "endpoint": "/models"},
			want:  finding{source: "codex", ignored: ignoreOther},
		},
		"codex: a tool": {
			attrs: attrs{"event.name": "codex.tool_result", "tool_name": "shell", "call_id": "call_1", "success": "false", "output": "exit 1", "duration_ms": "12"},
			want:  finding{source: "codex", kind: kindTool, operation: "execute_tool"}, span: "execute_tool shell", error: true,
			usage: "calls 0, failed 0, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"claude code: the name in the record's field, counts as text": {
			scope: "com.anthropic.claude_code.events", eventName: "claude_code.api_request",
			attrs: attrs{
				"event.name": "api_request", "model": "claude-sonnet-4-5", "input_tokens": "397", "output_tokens": "211", "cache_read_tokens": "512",
				"cache_creation_tokens": "128", "duration_ms": "143", "cost_usd": "0.0049896",
			},
			want: finding{source: "claude_code", kind: kindCall, operation: "chat"}, span: "chat claude-sonnet-4-5",
			usage: "calls 1, failed 0, input 1037, output 211, cache read 512, cache write 128, reasoning unknown",
		},
		"claude code: the name without the client's, told by the scope": {
			scope: "com.anthropic.claude_code.events", attrs: attrs{"event.name": "api_error", "model": "m", "error": "Overloaded"},
			want: finding{source: "claude_code", kind: kindFailedCall, operation: "chat"}, span: "chat m", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"claude code: the name in the body, the scope unknown": {
			body: "claude_code.api_request", attrs: attrs{"event.name": "api_request", "model": "claude-sonnet-4-5", "input_tokens": 397, "output_tokens": 211},
			want: finding{source: "claude_code", kind: kindCall, operation: "chat"}, span: "chat claude-sonnet-4-5",
			usage: "calls 1, failed 0, input 397, output 211, cache read unknown, cache write unknown, reasoning unknown",
		},
		"somebody else's api_request": {
			attrs: attrs{"event.name": "api_request", "model": "m"}, want: finding{ignored: ignoreOther},
		},
		"gemini cli: an answer": {
			scope: "gemini-cli",
			attrs: attrs{
				"event.name": "gemini_cli.api_response", "model": "gemini-2.5-pro", "input_token_count": 1037, "output_token_count": 147,
				"cached_content_token_count": 512, "thoughts_token_count": 64, "tool_token_count": 0, "total_token_count": 1248, "duration_ms": 90,
				"http.status_code": 200,
			},
			want: finding{source: "gemini_cli", kind: kindCall, operation: "generate_content"}, span: "generate_content gemini-2.5-pro",
			usage: "calls 1, failed 0, input 1037, output 211, cache read 512, cache write unknown, reasoning 64",
		},
		"a fork of gemini cli": {
			scope: "qwen-code", attrs: attrs{"event.name": "qwen-code.api_response", "model": "qwen3-coder", "input_token_count": 10, "output_token_count": 2},
			want: finding{source: "gemini_cli", kind: kindCall, operation: "generate_content"}, span: "generate_content qwen3-coder",
			usage: "calls 1, failed 0, input 10, output 2, cache read unknown, cache write unknown, reasoning unknown",
		},
		"gemini cli: an error": {
			scope: "gemini-cli", attrs: attrs{"event.name": "gemini_cli.api_error", "model": "gemini-2.5-pro", "error.message": "quota", "status_code": 429},
			want: finding{source: "gemini_cli", kind: kindFailedCall, operation: "generate_content"}, span: "generate_content gemini-2.5-pro", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"gemini cli: the same answer under the convention's name": {
			scope: "gemini-cli",
			attrs: attrs{
				"event.name": "gen_ai.client.inference.operation.details", "gen_ai.request.model": "gemini-2.5-pro", "gen_ai.response.id": "r",
				"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 147,
			},
			want: finding{source: "operation_details", ignored: ignoreRepeated},
		},
		"details: a whole call": {
			eventName: "gen_ai.client.inference.operation.details",
			attrs: attrs{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini", "gen_ai.response.id": "r",
				"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211, "gen_ai.usage.cache_read.input_tokens": 512,
			},
			want: finding{source: "operation_details", kind: kindCall, operation: "chat"}, span: "chat gpt-5-mini",
			usage: "calls 1, failed 0, input 1037, output 211, cache read 512, cache write unknown, reasoning unknown",
		},
		"details: embeddings, in the names of an older generation": {
			attrs: attrs{
				"event.name": "gen_ai.client.inference.operation.details", "gen_ai.operation.name": "embeddings", "gen_ai.system": "openai",
				"gen_ai.request.model": "text-embedding-3-small", "gen_ai.usage.prompt_tokens": 37,
			},
			want: finding{source: "operation_details", kind: kindCall, operation: "embeddings"}, span: "embeddings text-embedding-3-small",
			usage: "calls 1, failed 0, input 37, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"details: a failed call": {
			eventName: "gen_ai.client.inference.operation.details",
			attrs:     attrs{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini", "error.type": "RateLimitError"},
			want:      finding{source: "operation_details", kind: kindFailedCall, operation: "chat"}, span: "chat gpt-5-mini", error: true,
			usage: "calls 0, failed 1, input unknown, output unknown, cache read unknown, cache write unknown, reasoning unknown",
		},
		"details: only the request": {
			eventName: "gen_ai.client.inference.operation.details",
			attrs:     attrs{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini", "gen_ai.input.messages": "[]", "gen_ai.response.id": ""},
			want:      finding{source: "operation_details", ignored: ignoreContent},
		},
		"details: only messages": {
			eventName: "gen_ai.client.inference.operation.details", attrs: attrs{"gen_ai.provider.name": "openai", "gen_ai.output.messages": "[]"},
			want: finding{source: "operation_details", ignored: ignoreContent},
		},
		"one message":   {attrs: attrs{"event.name": "gen_ai.user.message"}, want: finding{source: "operation_details", ignored: ignoreMessage}},
		"an evaluation": {eventName: "gen_ai.evaluation.result", want: finding{source: "operation_details", ignored: ignoreAnnotation}},
		"an exception":  {eventName: "gen_ai.client.operation.exception", want: finding{source: "operation_details", ignored: ignoreAnnotation}},
		"any line":      {body: "server started", want: finding{ignored: ignoreOther}},
	} {
		t.Run(name, func(t *testing.T) {
			ld, r := recordOf(t, tt.scope, tt.attrs)
			r.SetEventName(tt.eventName)
			if tt.body != "" {
				r.Body().SetStr(tt.body)
			}
			e := newEvent(r, tt.scope, "tool")
			assert.Equal(t, tt.want, newTest(t, nil).judge(&e))

			out := through(t, ld)
			if tt.want.ignored != "" {
				assert.Empty(t, out, "nothing goes on")
				return
			}
			spans := spansOf(out)
			require.Len(t, spans, 1)
			assert.Equal(t, tt.span, spans[0].Name())
			assert.Equal(t, tt.error, spans[0].Status().Code() == ptrace.StatusCodeError)
			assert.Equal(t, tt.want.kind == kindTool, spans[0].Kind() == ptrace.SpanKindInternal)
			signal, _ := spans[0].Attributes().Get("watchllm.signal")
			assert.Equal(t, "log", signal.Str())
			calls := read(out)
			assert.Equal(t, tt.usage, figuresOf(calls).String())
			if tt.want.kind == kindTool {
				assert.Equal(t, "tool", calls[0].Role)
			}
		})
	}
}

func TestSourcesAndToolsCanBeLeftOut(t *testing.T) {
	c := newTest(t, nil)
	c.cfg.Sources, c.cfg.ToolCalls = []string{"claude_code"}, false
	for name, want := range map[string]string{
		"claude_code.api_request": "", "claude_code.tool_result": ignoreDisabled, "gemini_cli.api_response": ignoreDisabled, "gemini_cli.api_request": ignoreProgress,
	} {
		_, r := recordOf(t, "", attrs{"event.name": name})
		e := newEvent(r, "", "")
		assert.Equal(t, want, c.judge(&e).ignored, name)
	}
}

// Every name that is read here is one that internal/genai knows as well, else its span would be no call.
func TestReadersKnowEveryEvent(t *testing.T) {
	for name, k := range events {
		_, r := recordOf(t, "", attrs{"event.name": name})
		e := newEvent(r, "", "")
		if f := k.judge(&e); f.ignored != "" || f.operation == "" || k.source == "operation_details" {
			continue
		}
		span := ptrace.NewSpan()
		e.fill(span, k.judge(&e))
		var reader genai.Reader
		var c genai.Call
		scope := genai.NewScope("unheard.of", "")
		require.True(t, reader.Read(span, &scope, &c), name)
		assert.NotEqual(t, "other", c.Role, name)
	}
}
