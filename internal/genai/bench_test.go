package genai

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// ordinarySpan is what an HTTP server instrumentation sends: nothing in it concerns a model.
func ordinarySpan() ptrace.Span {
	span := ptrace.NewSpan()
	span.SetName("GET /api/orders/{id}")
	a := span.Attributes()
	a.PutStr("http.request.method", "GET")
	a.PutStr("url.scheme", "https")
	a.PutStr("url.path", "/api/orders/42")
	a.PutStr("http.route", "/api/orders/{id}")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("server.address", "shop.example")
	a.PutInt("server.port", 443)
	a.PutStr("client.address", "203.0.113.7")
	a.PutStr("network.protocol.version", "1.1")
	a.PutStr("user_agent.original", "Mozilla/5.0")
	a.PutStr("session.id", "s-1")
	a.PutStr("user.id", "u-1")
	a.PutStr("thread.name", "worker-3")
	a.PutInt("thread.id", 3)
	return span
}

// llmSpan has 25 attributes, as a client with content capture off sends them, plus cache and reasoning counts.
func llmSpan() ptrace.Span {
	span := ptrace.NewSpan()
	span.SetName("chat claude-sonnet-4-5")
	span.SetStartTimestamp(1_795_400_000_000_000_000)
	span.SetEndTimestamp(1_795_400_002_000_000_000)
	a := span.Attributes()
	a.PutStr("gen_ai.operation.name", "chat")
	a.PutStr("gen_ai.provider.name", "anthropic")
	a.PutStr("gen_ai.request.model", "claude-sonnet-4-5")
	a.PutStr("gen_ai.response.model", "claude-sonnet-4-5-20250929")
	a.PutStr("gen_ai.response.id", "msg_01")
	a.PutInt("gen_ai.request.max_tokens", 1024)
	a.PutDouble("gen_ai.request.temperature", 0.2)
	a.PutDouble("gen_ai.request.top_p", 0.9)
	a.PutBool("gen_ai.request.stream", true)
	a.PutDouble("gen_ai.response.time_to_first_chunk", 0.41)
	a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("end_turn")
	a.PutInt("gen_ai.usage.input_tokens", 397)
	a.PutInt("gen_ai.usage.output_tokens", 211)
	a.PutInt("gen_ai.usage.cache_read.input_tokens", 512)
	a.PutInt("gen_ai.usage.cache_creation.input_tokens", 128)
	a.PutStr("gen_ai.conversation.id", "conv-42")
	a.PutStr("gen_ai.agent.name", "support")
	a.PutStr("user.id", "user-7")
	a.PutStr("server.address", "api.anthropic.com")
	a.PutInt("server.port", 443)
	a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Weather in Paris?"}]}]`)
	a.PutStr("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"It is sunny in Paris."}]}]`)
	a.PutStr("gen_ai.system_instructions", `[{"type":"text","content":"Be brief."}]`)
	a.PutStr("thread.name", "worker-3")
	a.PutInt("thread.id", 3)
	return span
}

// BenchmarkReadOrdinarySpan is the cost WatchLLM adds to every span that is none of its business.
func BenchmarkReadOrdinarySpan(b *testing.B) {
	var r Reader
	var c Call
	span, scope := ordinarySpan(), NewScope("@opentelemetry/instrumentation-http", "0.200.0")
	b.ReportAllocs()
	for b.Loop() {
		r.Read(span, &scope, &c)
	}
}

// BenchmarkReadLLMSpan reads without writing.
func BenchmarkReadLLMSpan(b *testing.B) {
	var r Reader
	var c Call
	span, scope := llmSpan(), NewScope("my.instrumentation", "1.0.0")
	b.ReportAllocs()
	for b.Loop() {
		r.Read(span, &scope, &c)
	}
}

// BenchmarkLLMSpan reads and writes, each time into a fresh copy whose making is not measured apart.
func BenchmarkLLMSpan(b *testing.B) {
	var r Reader
	var c Call
	scope := NewScope("my.instrumentation", "1.0.0")
	original := llmSpan()
	span := ptrace.NewSpan()
	b.ReportAllocs()
	for b.Loop() {
		original.CopyTo(span)
		r.Read(span, &scope, &c)
		r.Write(span, &c, false)
		WriteVerdict(span.Attributes(), &c)
	}
}

// BenchmarkCopySpan is the part of BenchmarkLLMSpan that is not ours.
func BenchmarkCopySpan(b *testing.B) {
	original := llmSpan()
	span := ptrace.NewSpan()
	b.ReportAllocs()
	for b.Loop() {
		original.CopyTo(span)
		span.Attributes().EnsureCapacity(40)
	}
}

// BenchmarkReadJSONSpan reads a span that keeps its counts and its parameters in JSON, and its answer beside them.
func BenchmarkReadJSONSpan(b *testing.B) {
	var r Reader
	var c Call
	span, scope := ptrace.NewSpan(), NewScope("langsmith", "0.12.0")
	span.SetStartTimestamp(1_795_400_000_000_000_000)
	span.SetEndTimestamp(1_795_400_002_000_000_000)
	a := span.Attributes()
	for key, value := range map[string]string{
		"langsmith.span.kind": "llm", "langsmith.trace.name": "ChatOpenAI", "langsmith.trace.session_name": "project", "gen_ai.operation.name": "chat",
		"gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini", "langsmith.metadata.ls_provider": "openai", "langsmith.metadata.ls_model_type": "chat",
		"langsmith.metadata.ls_model_name": "gpt-5-mini", "langsmith.metadata.ls_max_tokens": "256", "langsmith.metadata.ls_temperature": "0.2",
		"langsmith.metadata.ls_invocation_params": `{"top_p":0.9}`, "langsmith.metadata.session_id": "conv-42", "langsmith.metadata.user_id": "user-7",
		"gen_ai.response.model": "gpt-5-mini-2026-03-01", "gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reasons": "stop",
		"gen_ai.prompt":     `{"model":"gpt-5-mini","messages":[{"role":"user","content":"Weather in Paris?"}]}`,
		"gen_ai.completion": `{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"It is sunny in Paris."}}]}`,
		"langsmith.usage_metadata": `{"input_tokens":1037,"output_tokens":211,"total_tokens":1248,"input_token_details":{"audio":0,"cache_read":512},` +
			`"output_token_details":{"audio":0,"reasoning":64}}`,
		"gen_ai.usage.input_token_details": `{"audio":0,"cache_read":512}`, "gen_ai.usage.output_token_details": `{"audio":0,"reasoning":64}`,
	} {
		a.PutStr(key, value)
	}
	a.PutInt("gen_ai.usage.input_tokens", 1037)
	a.PutInt("gen_ai.usage.output_tokens", 211)
	a.PutInt("gen_ai.usage.total_tokens", 1248)
	b.ReportAllocs()
	for b.Loop() {
		r.Read(span, &scope, &c)
	}
}
