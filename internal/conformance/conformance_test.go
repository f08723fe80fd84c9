package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/captures"
)

func n(v int64) *int64 { return &v }

func TestUnknownIsNotZero(t *testing.T) {
	e := captures.Figures{Calls: 1, Tokens: captures.Tokens{Input: n(10), Output: n(2)}}
	r := Result{Calls: 1, Tokens: captures.Tokens{Input: n(10), Output: n(2)}}
	assert.True(t, r.Meets(&e))
	r.CacheRead = n(0)
	assert.False(t, r.Meets(&e), "a zero where nothing is known")
	r.CacheRead, r.Output = nil, n(3)
	assert.False(t, r.Meets(&e))
	r.Output, r.FailedCalls = n(2), 1
	assert.False(t, r.Meets(&e))
}

func TestResultLine(t *testing.T) {
	line, err := json.Marshal(Result{Case: "a@1/chat", Calls: 1, Tokens: captures.Tokens{Input: n(10)}, Missing: 1, MissingReasons: map[string]int{"not_sent": 1}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"case":"a@1/chat","calls":1,"failed_calls":0,"input_tokens":10,"output_tokens":null,"cache_read_input_tokens":null,
		"cache_write_input_tokens":null,"reasoning_output_tokens":null,"aggregates":0,"duplicates":0,"missing":1,"missing_reasons":{"not_sent":1}}`, string(line))
}

func folder(t *testing.T, index string, spans ...map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a@1"), 0o700))
	td := ptrace.NewTraces()
	list := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, attrs := range spans {
		require.NoError(t, list.AppendEmpty().Attributes().FromRaw(attrs))
	}
	raw, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a@1", "chat.pb"), raw, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.json"), []byte(index), 0o600))
	return dir
}

const oneCase = `{"cases":[{"dir":"a@1","scenario":"chat","files":[{"signal":"traces","pb":"chat.pb"}],
	"truth":{"successful_llm_calls":1,"totals":{"input_tokens":1037}},
	"expect":{"calls":1,"failed_calls_visible":0,"input_tokens":1037,"output_tokens":211,"note":"a | b"}}]}`

// The agent's sum is added to the call it sums up: what a rename cannot see.
func TestPlainRenameCountsTwice(t *testing.T) {
	dir := folder(t, oneCase,
		map[string]any{"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": "211", "llm.token_count.prompt": 1037},
		map[string]any{"gen_ai.usage.input_tokens": 1037, "gen_ai.usage.output_tokens": 211.0},
		map[string]any{"http.route": "/"})
	cases, err := captures.Read(os.DirFS(dir), dir)
	require.NoError(t, err)
	calls, tokens, ok, err := PlainRename(dir, &cases[0])
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, 2, calls)
	assert.Equal(t, "2074 / 422 / ? / ? / ?", tokens.String())

	var table strings.Builder
	require.NoError(t, WriteTable(&table, dir, cases, []Result{{Case: "a@1/chat", Calls: 1, Tokens: captures.Tokens{Input: n(1037), Output: n(211)}, Aggregates: 1}}))
	assert.Contains(t, table.String(), "1 stored exactly as the bytes allow. Of 1 cases with OTLP spans, renaming attributes and adding up is right in 0")
	assert.Contains(t, table.String(), `| a@1/chat | traces | 1 | 1037 / ? / ? / ? / ? | 1 | 1037 / 211 / ? / ? / ? | 1 aggregate | **2 calls, 2074 / 422 / ? / ? / ?** | a \| b |`)
}

// A signal that nobody knows is a slip of the index, not a case without data.
func TestUnsent(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.json"),
		[]byte(`{"cases": [{"dir": "c@1", "scenario": "s", "files": [{"signal": "trace"}, {"signal": "traces"}, {"signal": "metrics"}]}]}`), 0o600))
	cases, err := captures.Read(os.DirFS(dir), dir)
	require.NoError(t, err)
	assert.Equal(t, []string{`c@1/s: signal "trace" is not sent; want traces, logs, native`}, Unsent(&cases[0]))
}
