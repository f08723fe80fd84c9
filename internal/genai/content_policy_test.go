package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestBlankLeavesNumbersAndOurOwn(t *testing.T) {
	span := spanWith(t, attrs{
		"anything": "words", "list": []any{"words"}, "map": map[string]any{"a": "words"}, "watchllm.native.note": "words",
		"gen_ai.usage.input_tokens": 7, "watchllm.role": "llm",
	})
	span.Events().AppendEmpty().SetName("words")
	span.Links().AppendEmpty().Attributes().PutStr("a", "words")
	span.Status().SetMessage("words")
	Blank(span)
	assert.Equal(t, attrs{"gen_ai.usage.input_tokens": int64(7), "watchllm.role": "llm"}, span.Attributes().AsRaw())
	assert.Zero(t, span.Events().Len()+span.Links().Len())
	assert.Empty(t, span.Status().Message())
}

func policed(t *testing.T, a attrs, p ContentPolicy) (attrs, ContentRemoved) {
	t.Helper()
	span := spanWith(t, a)
	var l ContentLimiter
	removed := l.Apply(span, &Scope{}, p)
	return span.Attributes().AsRaw(), removed
}

func TestDropKeepsWhatIsNoContent(t *testing.T) {
	drop := ContentPolicy{Mode: DropContent}
	got, removed := policed(t, attrs{
		"watchllm.dialect": "x", "gen_ai.completion.0.content": "words", "gen_ai.completion.0.finish_reason": "stop", "gen_ai.completion.0.role": "assistant",
		"gen_ai.tool.definitions": `[{"type":"function","name":"f","description":"words","parameters":{"words":1}}]`,
		"my.app.answer":           "words", "my.app.answers.message": 5, "langfuse.observation.output": "", "gen_ai.tool.name": "f",
	}, drop)
	assert.Equal(t, attrs{
		"watchllm.dialect": "x", "gen_ai.completion.0.finish_reason": "stop", "gen_ai.completion.0.role": "assistant", "gen_ai.tool.name": "f",
		"gen_ai.tool.definitions": `[{"type":"function","name":"f"}]`, "my.app.answers.message": int64(5),
		"watchllm.content.dropped": []any{"gen_ai.completion", "gen_ai.tool.definitions", "langfuse.observation.output", "my.app.answer"},
	}, got)
	assert.Equal(t, 4, removed.Fields)

	got, _ = policed(t, attrs{"my.app.answer": "not a model's", "http.route": "/x"}, drop)
	assert.Equal(t, attrs{"my.app.answer": "not a model's", "http.route": "/x"}, got)
}

// A flattened list is one field: its attributes together stay within the limit, the longest cut first.
func TestCutTakesFlattenedListsTogether(t *testing.T) {
	long := make([]byte, 500)
	for i := range long {
		long[i] = 'x'
	}
	got, removed := policed(t, attrs{
		"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.", "gen_ai.prompt.1.content": string(long), "gen_ai.prompt.2.content": string(long),
		"structured": []any{"stays"}, "input.value": map[string]any{"a": string(long), "b": "short"},
	}, ContentPolicy{Mode: CutContent, MaxBytes: 300})
	total := 0
	for _, key := range []string{"gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.prompt.1.content", "gen_ai.prompt.2.content"} {
		total += len(got[key].(string))
	}
	assert.LessOrEqual(t, total, 300)
	assert.Greater(t, total, 280)
	assert.Equal(t, "Be brief.", got["gen_ai.prompt.0.content"])
	assert.Equal(t, "short", got["input.value"].(map[string]any)["b"])
	assert.LessOrEqual(t, len(got["input.value"].(map[string]any)["a"].(string)), 300)
	assert.Equal(t, []any{"gen_ai.prompt", "input.value"}, got["watchllm.content.truncated"])
	assert.Equal(t, 2, removed.Fields)
	assert.Greater(t, removed.Bytes, 900)
}

func TestCutReachesEventsAndErrors(t *testing.T) {
	span := spanWith(t, attrs{})
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'x'
	}
	span.Status().SetMessage(string(long))
	for name, key := range map[string]string{"exception": "exception.stacktrace", "gen_ai.content.prompt": "gen_ai.prompt"} {
		e := span.Events().AppendEmpty()
		e.SetName(name)
		e.Attributes().PutStr(key, string(long))
	}
	link := ptrace.NewSpanLink()
	link.Attributes().PutStr("input.value", string(long))
	link.CopyTo(span.Links().AppendEmpty())
	var l ContentLimiter
	l.Apply(span, &Scope{}, ContentPolicy{Mode: CutContent, MaxBytes: 256})
	assert.Len(t, span.Status().Message(), 256)
	for _, e := range span.Events().All() {
		for key, v := range e.Attributes().All() {
			assert.Len(t, v.Str(), 256, key)
		}
	}
	assert.Equal(t, []any{
		"exception/exception.stacktrace", "gen_ai.content.prompt/gen_ai.prompt", "link/input.value", "status.message",
	}, span.Attributes().AsRaw()["watchllm.content.truncated"])
}

// What stands around spans, and what tools were called with under names nobody told us of, is content as well.
func TestDropAroundSpans(t *testing.T) {
	var l ContentLimiter
	policy := ContentPolicy{Mode: DropContent}
	scope := NewScope("openinference.instrumentation.openai", "1")
	around := pcommon.NewMap()
	around.PutStr("gen_ai.prompt", "secret")
	around.PutStr("system_prompt", "secret")
	around.PutStr("library.build", "7")
	require.Equal(t, 2, l.ApplyToScope(around, &scope, policy).Fields)
	require.Equal(t, map[string]any{"library.build": "7"}, around.AsRaw())

	around.PutStr("gen_ai.prompt", strings.Repeat("x", 5000))
	require.Equal(t, 1, l.ApplyToScope(around, &scope, ContentPolicy{Mode: CutContent, MaxBytes: 1024}).Fields)
	v, _ := around.Get("gen_ai.prompt")
	require.LessOrEqual(t, len(v.Str()), 1024)

	for key, value := range map[string]string{
		"bash_command": "secret", "mcp.request.params": `{"q":"secret"}`, "gen_ai.thoughts": "secret", "gen_ai.tool.definitions": "secret words",
	} {
		span := ptrace.NewSpan()
		span.Attributes().PutStr("gen_ai.operation.name", "chat")
		span.Attributes().PutStr(key, value)
		l.Apply(span, &scope, policy)
		for _, kept := range span.Attributes().AsRaw() {
			require.NotContains(t, kept, "secret", key)
		}
	}
}
