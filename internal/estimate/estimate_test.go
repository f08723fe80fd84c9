package estimate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	question = `[{"role":"user","parts":[{"type":"text","content":"What is the weather in Paris?"}]}]`
	answer   = `[{"role":"assistant","parts":[{"type":"text","content":"It is sunny in Paris today, with 24 degrees."}]}]`
	calling  = `[{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"get_weather","arguments":{"city":"Paris"}}]}]`
	weather  = `[{"type":"function","name":"get_weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}]`
	aDay     = 65_536
)

func TestEstimatesWithinBounds(t *testing.T) {
	got, reason := Of("claude-3-5-haiku-20241022", &Content{Input: question, Output: answer}, aDay)
	require.Empty(t, reason)
	assert.Equal(t, "bytes_per_token/anthropic", got.Method)
	for _, c := range [...]Counts{got.Input, got.Output} {
		assert.False(t, c.Open)
		assert.True(t, 0 < c.Low && c.Low < c.Mid && c.Mid < c.High, "%+v", c)
	}
	more, reason := Of("claude-3-5-haiku-20241022", &Content{Input: question, Output: answer, System: `[{"type":"text","content":"Be brief."}]`, Tools: weather}, aDay)
	require.Empty(t, reason)
	assert.Greater(t, more.Input.Mid, got.Input.Mid+300, "Claude adds a prompt of its own when it has tools")
	assert.Equal(t, got.Output, more.Output)
}

// Where something is paid for that no span shows, there is no upper bound.
func TestOpenBounds(t *testing.T) {
	for name, tt := range map[string]struct {
		model         string
		content       Content
		input, output bool
	}{
		"all is shown":                {"gpt-4o", Content{Input: question, Output: answer}, false, false},
		"a model that may reason":     {"gpt-5", Content{Input: question, Output: answer}, false, true},
		"reasoning, maybe its digest": {"claude-3-5-sonnet", Content{Input: question, Output: `[{"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},{"type":"text","content":"Sun."}]}]`}, false, true},
		"tools that were not sent":    {"gpt-4o", Content{Input: question, Output: calling}, true, false},
		"tools that were":             {"gpt-4o", Content{Input: question, Output: calling, Tools: weather}, false, false},
	} {
		got, reason := Of(tt.model, &tt.content, aDay)
		assert.Empty(t, reason, name)
		assert.Equal(t, tt.input, got.Input.Open, "%s: input", name)
		assert.Equal(t, tt.output, got.Output.Open, "%s: output", name)
	}
}

func TestNoEstimate(t *testing.T) {
	in := func(part string) Content {
		return Content{Input: `[{"role":"user","parts":[` + part + `]}]`, Output: answer}
	}
	for want, contents := range map[Reason][]Content{
		NoMessages: {{}, {Input: question}, {Output: answer}},
		Unreadable: {
			{Input: "what?", Output: answer}, {Input: question, Output: "{}"}, {Input: "[]", Output: answer}, {Input: question, Output: `[{"parts":7}]`},
			{Input: question, Output: answer, System: "x"}, {Input: question, Output: answer, Tools: "x"}, {Input: question, Output: answer, Tools: "[7]"},
		},
		Media:       {in(`{"type":"blob","modality":"image","content":"aGk="}`), in(`{"type":"uri","uri":"https://x.example/a.png"}`), in(`{"type":"file","file_id":"f"}`)},
		ServerTools: {in(`{"type":"server_tool_call","server_tool_call":{}}`), {Input: question, Output: answer, Tools: `[{"type":"web_search"}]`}},
		Cut: {
			in(`{"type":"text"}`), in(`{"type":"text","content":"It beg…[truncated]"}`), in(`{"type":"generic","generic_type":"truncated","removed_messages":2}`),
			in(`{"type":"tool_call","name":"f"}`), in(`{"type":"tool_call_response","id":"c1"}`),
			{Input: question, Output: `[{"role":"assistant","parts":[]}]`}, {Input: question, Output: answer, Tools: `[{"type":"function","name":"f"}]`},
		},
		UnknownPart: {in(`{"type":"compaction"}`), in(`{"type":"generic","generic_type":"citation"}`)},
	} {
		for _, c := range contents {
			_, reason := Of("gpt-4o", &c, aDay)
			assert.Equal(t, want, reason, "%+v", c)
		}
	}
	long := in(`{"type":"text","content":"` + strings.Repeat("word ", 20_000) + `"}`)
	_, reason := Of("gpt-4o", &long, 4096)
	assert.Equal(t, TooLong, reason)
}

// fixed is a tokenizer that finds ten tokens in every text, and none in the bad ones.
type fixed struct{}

func (fixed) Count(text string) (int, error) {
	if strings.HasPrefix(text, "bad") {
		return 0, assert.AnError
	}
	return 10, nil
}

func TestTokenizersCount(t *testing.T) {
	made := 0
	Register(O200k, func() Tokenizer { made++; return fixed{} })
	t.Cleanup(func() { encodingsMu.Lock(); delete(encodings, O200k); encodingsMu.Unlock() })
	assert.Zero(t, made, "nothing is made before it is needed")

	content := Content{Input: question, Output: answer}
	got, reason := Of("gpt-4o", &content, aDay)
	require.Empty(t, reason)
	assert.Equal(t, O200k, got.Method)
	assert.Equal(t, Counts{Low: 14, Mid: 17, High: 28}, got.Input, "ten, and the frame")
	assert.Equal(t, Counts{Low: 10, Mid: 11, High: 16}, got.Output)

	got, _ = Of("gpt-4o", &content, content.Bytes()-1)
	assert.Equal(t, "bytes_per_token/openai", got.Method, "more than the tokenizer may read")
	got, _ = Of("gpt-4-turbo", &content, aDay)
	assert.Equal(t, "bytes_per_token/openai", got.Method, "nobody registered its encoding")

	content.Output = strings.Replace(answer, "It is", "bad", 1)
	got, _ = Of("gpt-4o", &content, aDay)
	assert.Positive(t, got.Output.Low, "what it cannot read is measured")
	assert.Less(t, got.Output.Low, got.Output.High)
	assert.Equal(t, 1, made)
}

func FuzzOf(f *testing.F) {
	f.Add("gpt-4o", question, answer, "", weather)
	f.Add("claude-opus-5", question, calling, `[{"type":"text","content":"Sé breve. 你好 🎉"}]`, "")
	f.Add("", "[[[[", `[{"parts":[{"type":"tool_call","arguments":1e999}]}]`, "{}", "[]")
	f.Fuzz(func(t *testing.T, model, in, out, system, tools string) {
		got, reason := Of(model, &Content{Input: in, Output: out, System: system, Tools: tools}, 4096)
		if reason != "" {
			require.Zero(t, got)
			return
		}
		require.NotEmpty(t, got.Method)
		for _, c := range [...]Counts{got.Input, got.Output} {
			require.True(t, 0 <= c.Low && c.Low <= c.Mid && c.Mid <= c.High, "%+v", c)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	text := strings.Repeat("The invoice was paid on the third of May. ", 1500)
	content := Content{Input: `[{"role":"user","parts":[{"type":"text","content":"` + text + `"}]}]`, Output: answer}
	b.SetBytes(int64(content.Bytes()))
	for b.Loop() {
		Of("claude-sonnet-4-5", &content, aDay)
	}
}
