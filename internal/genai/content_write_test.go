package genai

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// The fake provider was asked the one and answered the other.
const (
	theQuestion = "Weather in Paris?"
	theAnswer   = "It is sunny in Paris."
)

// Whatever a recorded client wrote of the question and the answer on the span of a call or an agent, wherever it put it, stands in
// the canonical messages.
func TestRecordedClientsAreQuoted(t *testing.T) {
	quoted := map[string]bool{}
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() {
			continue
		}
		eachSpan(testkit.OneRequest(c.Traces(t)), func(scope Scope, span ptrace.Span) {
			var r Reader
			var call Call
			sent := textsOf(span)
			if !r.Read(span, &scope, &call) || call.Role != semconv.RoleLLM && call.Role != semconv.RoleAgent && call.Role != semconv.RoleWorkflow {
				return
			}
			r.Write(span, &call, false)
			a := span.Attributes().AsRaw()
			if strings.Contains(sent, theQuestion) {
				assertSaid(t, &call, a[semconv.GenAIInputMessages], theQuestion, c.Name()+": "+span.Name())
				quoted[c.Dir] = true
			}
			if strings.Contains(sent, theAnswer) && !strings.Contains(c.Name(), "embed") {
				assertSaid(t, &call, a[semconv.GenAIOutputMessages], theAnswer, c.Name()+": "+span.Name())
			}
		})
	}
	assert.GreaterOrEqual(t, len(quoted), 10, "clients that were quoted: %v", quoted)
}

// assertSaid requires a text of its own on a call, or the argument of a tool that takes the answer; frameworks also quote within the
// printed forms of their objects.
func assertSaid(t *testing.T, call *Call, messages any, text, where string) {
	t.Helper()
	texts := saidIn(t, messages)
	switch s, _ := messages.(string); {
	case call.Role == semconv.RoleLLM && strings.Contains(s, `{"answer":"`+text):
	case call.Role == semconv.RoleLLM:
		assert.Contains(t, texts, text, where)
	case call.Role != semconv.RoleLLM && slices.Equal(texts, []string{"__end__"}): // what a router of LangGraph says after the answer
	default:
		assert.Contains(t, strings.Join(texts, "\n"), text, where)
	}
}

// saidIn is the text parts of canonical messages.
func saidIn(t *testing.T, messages any) (texts []string) {
	t.Helper()
	var list []struct {
		Parts []struct{ Type, Content string }
	}
	if s, ok := messages.(string); ok {
		if err := json.Unmarshal([]byte(s), &list); err != nil && !strings.Contains(err.Error(), ".content") { // of other types, anything
			t.Errorf("%v in %s", err, s)
		}
	}
	for _, m := range list {
		for _, p := range m.Parts {
			if p.Type == "text" {
				texts = append(texts, p.Content)
			}
		}
	}
	return texts
}

// textsOf is all that a span says.
func textsOf(span ptrace.Span) string {
	var b strings.Builder
	add := func(attrs pcommon.Map) {
		for _, v := range attrs.All() {
			eachTextOf(v, func(s pcommon.Value) { b.WriteString(s.Str() + "\n") })
		}
	}
	add(span.Attributes())
	for _, e := range span.Events().All() {
		add(e.Attributes())
	}
	return b.String()
}

func eachSpan(td ptrace.Traces, yield func(scope Scope, span ptrace.Span)) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				yield(NewScope(ss.Scope().Name(), ss.Scope().Version()), span)
			}
		}
	}
}

// TestContentOfRecordedCases shows the canonical content of one case of each client. An empty file in testdata/content, named like
// the case with an underscore for the slash, adds a case; UPDATE_GOLDEN=1 fills it.
func TestContentOfRecordedCases(t *testing.T) {
	files, err := filepath.Glob("testdata/content/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	byFile := map[string]testkit.Case{}
	for _, c := range testkit.Cases(t) {
		byFile[filepath.Join("testdata/content", strings.ReplaceAll(c.Name(), "/", "_")+".txt")] = c
	}
	for _, file := range files {
		c, ok := byFile[file]
		require.True(t, ok, "%s is named after no case", file)
		var b strings.Builder
		eachSpan(testkit.OneRequest(c.Traces(t)), func(scope Scope, span ptrace.Span) {
			var r Reader
			var call Call
			if !r.Read(span, &scope, &call) {
				return
			}
			r.Write(span, &call, false)
			b.WriteString("== " + span.Name() + "\n")
			for _, id := range contentFields {
				if v, ok := span.Attributes().Get(canonicalKeys[id]); ok {
					b.WriteString(canonicalKeys[id] + "\n" + v.AsString() + "\n")
				}
			}
		})
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), b.String(), file)
	}
}

const chatIn = `[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},{"role":"user","parts":[{"type":"text","content":"Hi"}]}]`

func said(role, text string) string {
	return `[{"role":"` + role + `","parts":[{"type":"text","content":"` + text + `"}]}]`
}

func TestContentSources(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   attrs
		want attrs
	}{
		{"OpenLLMetry's lists", chat(attrs{
			"traceloop.span.kind": "", "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.", "gen_ai.prompt.1.role": "user",
			"gen_ai.prompt.1.content": `[{"type":"text","text":"Hi"}]`, "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "tool_calls",
			"gen_ai.completion.0.tool_calls.0.id": "c1", "gen_ai.completion.0.tool_calls.0.name": "f", "gen_ai.completion.0.tool_calls.0.arguments": `{"a":1}`,
			"llm.request.functions.0.name": "f", "llm.request.functions.0.parameters": `{"type":"object"}`,
		}), attrs{
			"gen_ai.input.messages":   chatIn,
			"gen_ai.output.messages":  `[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"a":1}}],"finish_reason":"tool_calls"}]`,
			"gen_ai.tool.definitions": `[{"type":"function","name":"f","parameters":{"type":"object"}}]`,
		}},
		{"OpenInference's lists, out of order", attrs{
			"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.input_messages.10.message.role": "user", "llm.input_messages.10.message.content": "Hi",
			"llm.input_messages.9.message.role": "system", "llm.input_messages.9.message.content": "Be brief.",
			"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.contents.0.message_content.type": "text",
			"llm.output_messages.0.message.contents.0.message_content.text": "Yes.",
			"llm.output_messages.0.message.contents.1.message_content.type": "image", "llm.output_messages.0.message.contents.1.message_content.image.image.url": "https://x.example/a.png",
			"llm.tools.0.tool.json_schema": `{"type":"function","function":{"name":"f"}}`, "input.value": "not this",
		}, attrs{
			"gen_ai.input.messages":   chatIn,
			"gen_ai.output.messages":  `[{"role":"assistant","parts":[{"type":"text","content":"Yes."},{"type":"uri","modality":"image","uri":"https://x.example/a.png"}]}]`,
			"gen_ai.tool.definitions": `[{"type":"function","name":"f"}]`,
		}},
		{"OpenInference's values", attrs{
			"openinference.span.kind": "AGENT", "input.value": `{"messages":[{"role":"user","content":"Hi"}]}`, "output.value": "Yes.",
		}, attrs{"gen_ai.input.messages": said("user", "Hi"), "gen_ai.output.messages": said("assistant", "Yes.")}},
		{"OpenInference's list with nothing but roles", attrs{
			"openinference.span.kind": "LLM", "llm.output_messages.0.message.role": "assistant", "output.value": "Yes.",
		}, attrs{"gen_ai.output.messages": said("assistant", "Yes.")}},
		{"OpenInference's tool", attrs{
			"openinference.span.kind": "TOOL", "tool.name": "f", "input.value": `{"a":1}`, "output.value": "ok",
		}, attrs{"gen_ai.tool.call.arguments": `{"a":1}`, "gen_ai.tool.call.result": "ok", "gen_ai.input.messages": nil}},
		{"AI SDK", attrs{
			"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m", "ai.prompt.messages": `[{"role":"user","content":"Hi"}]`,
			"ai.response.text": `{"text":"it is JSON that the model wrote"}`, "ai.response.reasoning": "Hm.", "ai.prompt.tools": []any{`{"type":"function","name":"f","inputSchema":{}}`},
		}, attrs{
			"gen_ai.input.messages":   said("user", "Hi"),
			"gen_ai.output.messages":  `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"{\"text\":\"it is JSON that the model wrote\"}"}]}]`,
			"gen_ai.tool.definitions": `[{"type":"function","name":"f","parameters":{}}]`,
		}},
		{"plain texts under canonical names", chat(attrs{
			"gen_ai.input.messages": "Hi", "gen_ai.output.messages": "Yes.", "gen_ai.system_instructions": "Be brief.", "gen_ai.tool.definitions": []any{"f"},
		}), attrs{
			"gen_ai.input.messages": said("user", "Hi"), "gen_ai.output.messages": said("assistant", "Yes."),
			"gen_ai.system_instructions": `[{"type":"text","content":"Be brief."}]`, "gen_ai.tool.definitions": `[{"type":"function","name":"f"}]`,
		}},
		{"structured values", chat(attrs{
			"gen_ai.input.messages": []any{map[string]any{"role": "user", "parts": []any{map[string]any{"type": "text"}}}},
		}), attrs{"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"text"}]}]`}},
		{"canonical stays as it is", chat(attrs{
			"gen_ai.input.messages": ` [ {"parts":[], "role":"user"} ]`,
		}), attrs{"gen_ai.input.messages": ` [ {"parts":[], "role":"user"} ]`}},
		{"no content", chat(nil), attrs{"gen_ai.input.messages": nil, "gen_ai.output.messages": nil, "gen_ai.system_instructions": nil}},
		{"vectors are not words", attrs{
			"openinference.span.kind": "EMBEDDING", "input.value": `{"input":"Hi","model":"e"}`, "output.value": `{"data":[{"embedding":[1,2]}]}`,
		}, attrs{"gen_ai.input.messages": said("user", "Hi"), "gen_ai.output.messages": nil}},
	} {
		got := rewrite(t, "x", tt.in, false)
		for key, want := range tt.want {
			assert.Equal(t, want, got[key], "%s: %s", tt.name, key)
		}
	}
}

func TestContentOfEvents(t *testing.T) {
	span := spanWith(t, chat(nil))
	event := func(name string, a attrs) {
		e := span.Events().AppendEmpty()
		e.SetName(name)
		require.NoError(t, e.Attributes().FromRaw(a))
	}
	event("gen_ai.system.message", attrs{"content": "Be brief.", "role": "system"})
	event("gen_ai.user.message", attrs{"content": `[{"text":"Hi"}]`})
	event("gen_ai.assistant.message", attrs{"gen_ai.event.content": `{"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}`})
	event("gen_ai.tool.message", attrs{"content": "ok", "id": "c1"})
	event("gen_ai.choice", attrs{"message": `[{"text":"Yes."}]`, "finish_reason": "end_turn", "index": 0})
	event("something.else", attrs{"content": "no"})
	rewriteSpan("x", span, false)
	a := span.Attributes().AsRaw()
	assert.Equal(t, strings.TrimSuffix(chatIn, "]")+`,{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{}}]}`+
		`,{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"ok"}]}]`, a["gen_ai.input.messages"])
	assert.Equal(t, `[{"role":"assistant","parts":[{"type":"text","content":"Yes."}],"finish_reason":"end_turn"}]`, a["gen_ai.output.messages"])

	span = spanWith(t, chat(nil))
	event("gen_ai.content.prompt", attrs{"gen_ai.prompt": `[{"role":"user","content":"Hi"}]`})
	event("gen_ai.content.completion", attrs{"gen_ai.completion": "Yes."})
	rewriteSpan("x", span, false)
	assert.Equal(t, said("user", "Hi"), span.Attributes().AsRaw()["gen_ai.input.messages"])
	assert.Equal(t, said("assistant", "Yes."), span.Attributes().AsRaw()["gen_ai.output.messages"])
}
