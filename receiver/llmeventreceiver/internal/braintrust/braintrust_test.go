package braintrust

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "braintrust@3.35.0") }

const target = "/logs3"

func rows(all ...string) string { return `{"rows":[` + strings.Join(all, ",") + `],"api_version":2}` }

// row is a whole span in one row, as clients send it that are quick to end.
func row(kind, metadata, metrics string) string {
	if metrics != "" {
		metrics = "," + metrics
	}
	return `{"id":"37c984e5672386ef","span_id":"926261f6f784216e","root_span_id":"9900a9bff0afc2bcd549dfe1e2682d54","project_id":"shop",` +
		`"metrics":{"start":1795426347.004,"end":1795426347.333` + metrics + `},"metadata":` + metadata + `,` +
		`"span_attributes":{"name":"Chat Completion","type":"` + kind + `"},"_is_merge":false,"log_id":"g"}`
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct{ name, row, want string }{
		{
			"the wrapper adds what Anthropic counts apart",
			row("llm", `{"model":"claude-sonnet-4-5","provider":"anthropic"}`, `"prompt_tokens":1037,"completion_tokens":211,"tokens":1248,"prompt_cached_tokens":512,"prompt_cache_creation_tokens":128`),
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"or sends the cache writes by lifetime only",
			row("llm", `{"model":"claude-sonnet-4-5","provider":"anthropic"}`, `"prompt_tokens":1037,"completion_tokens":211,"prompt_cached_tokens":512,"prompt_cache_creation_5m_tokens":100,"prompt_cache_creation_1h_tokens":28`),
			"calls 1 failed 0 input 1037 output 211 read 512 write 128 reasoning ?",
		},
		{
			"an integration that does not add them says so in its total",
			row("llm", `{"model":"composer-1"}`, `"prompt_tokens":397,"completion_tokens":211,"prompt_cached_tokens":100,"prompt_cache_creation_tokens":28,"tokens":736`),
			"calls 1 failed 0 input 525 output 211 read 100 write 28 reasoning ?",
		},
		{
			"or has more cache than input",
			row("llm", `{"model":"claude-sonnet-4-5","provider":"anthropic"}`, `"prompt_tokens":397,"completion_tokens":211,"prompt_cached_tokens":512`),
			"calls 1 failed 0 input 909 output 211 read 512 write ? reasoning ?",
		},
		{
			"Gemini, thoughts counted in", row("llm", `{"model":"gemini-2.5-flash"}`, `"prompt_tokens":1037,"completion_tokens":211,"tokens":1248,"completion_reasoning_tokens":64`),
			"calls 1 failed 0 input 1037 output 211 read ? write ? reasoning 64",
		},
		{
			"a stream without usage", row("llm", `{"model":"gpt-5-mini","stream":true}`, `"time_to_first_token":0.1`),
			"calls 1 failed 0 input ? output ? read ? write ? reasoning ?",
		},
		{
			"an embedding is an llm to Braintrust", row("llm", `{"model":"text-embedding-3-small"}`, `"prompt_tokens":37,"tokens":37`),
			"calls 1 failed 0 input 37 output ? read ? write ? reasoning ?",
		},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, vendortest.Figures(t, Decoder, target, rows(tt.row))) })
	}
	embedding := vendortest.One(t, Decoder, target, rows(row("llm", `{"model":"text-embedding-3-small"}`, `"prompt_tokens":37`)))
	assert.Equal(t, "embedding", embedding.Role)
	assert.Equal(t, "reported", embedding.Usage.Source)
}

// A span told in four rows, which may come in any order and twice.
func TestRowsOfOneSpan(t *testing.T) {
	const ids = `"id":"1","span_id":"926261f6f784216e","root_span_id":"9900a9bff0afc2bcd549dfe1e2682d54"`
	all := []string{
		`{` + ids + `,"_is_merge":false,"metrics":{"start":1795426347.004},"span_attributes":{"name":"chat","type":"llm"},"context":{"span_origin":{"name":"braintrust.sdk.python","version":"0.9"}}}`,
		`{` + ids + `,"_is_merge":true,"metadata":{"model":"gpt-5-mini","stage":"draft"},"input":[{"role":"user","content":"hi"}]}`,
		`{` + ids + `,"_is_merge":true,"metrics":{"prompt_tokens":1037,"completion_tokens":211}}`,
		`{` + ids + `,"_is_merge":true,"metadata":{"stage":"final"},"output":{"choices":[{"finish_reason":"stop"},{"finish_reason":"length"}]},"metrics":{"end":1795426347.333}}`,
	}
	var parts []foreign.Part
	for _, r := range all {
		parts = append(parts, vendortest.Decode(t, Decoder, target, []byte(rows(r))).Parts...)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		calls := vendortest.Calls(t, "braintrust", [][]foreign.Part{parts})
		require.Len(t, calls, 1)
		c := calls[0]
		assert.Equal(t, int64(1037), c.Usage.Input.N)
		assert.Equal(t, []string{"stop", "length"}, c.FinishReasons)
		assert.Equal(t, "final", c.Span.Attributes().AsRaw()["braintrust.metadata.stage"])
		assert.Equal(t, "braintrust.sdk.python@0.9", c.DialectVersion)
		assert.Equal(t, 329*time.Millisecond, c.Span.EndTimestamp().AsTime().Sub(c.Span.StartTimestamp().AsTime()).Round(time.Millisecond))
	}
}

func TestTreeAndTools(t *testing.T) {
	body := rows(
		`{"id":"a","span_id":"a1","root_span_id":"a1","metrics":{"start":1795426347,"end":1795426349,"prompt_tokens":10,"completion_tokens":2},"span_attributes":{"name":"run","type":"task"}}`,
		`{"id":"b","span_id":"b1","root_span_id":"a1","span_parents":["a1"],"metrics":{"start":1795426347,"end":1795426348},"span_attributes":{"name":"get_weather","type":"tool"},"input":{"city":"Paris"},"output":"sunny"}`,
		`{"id":"c","span_id":"c1","root_span_id":"a1","span_parents":["a1"],"metrics":{"start":1795426347,"end":1795426348},"span_attributes":{"name":"judge","type":"score"},"scores":{"good":1}}`,
		`{"id":"d","span_id":"d1","root_span_id":"a1","span_parents":["a1"],"metrics":{"start":1795426347,"end":1795426348,"prompt_tokens":10,"completion_tokens":2},"span_attributes":{"type":"llm"},"metadata":{"model":"m"}}`,
	)
	calls := vendortest.Calls(t, "braintrust", [][]foreign.Part{vendortest.Decode(t, Decoder, target, []byte(body)).Parts})
	require.Len(t, calls, 4)
	assert.Equal(t, "calls 1 failed 0 input 10 output 2 read ? write ? reasoning ?", vendortest.Text(vendortest.Sum(calls)), "the task repeats the call")
	assert.Equal(t, "step", calls[0].Role)
	assert.Equal(t, "tool", calls[1].Role)
	assert.Equal(t, "evaluator", calls[2].Role)
	assert.Equal(t, calls[0].Span.SpanID(), calls[1].Span.ParentSpanID())
	assert.Equal(t, calls[0].Span.TraceID(), calls[1].Span.TraceID())
	assert.Equal(t, "get_weather", calls[1].ToolName)
	assert.Equal(t, "sunny", calls[1].Span.Attributes().AsRaw()["gen_ai.tool.call.result"])
}

// What is no span is taken and left alone: rows of data sets, feedback that names a row only, deletions.
func TestRowsThatAreNoSpans(t *testing.T) {
	r := vendortest.Decode(t, Decoder, target, []byte(rows(
		`{"id":"d","dataset_id":"x","input":1}`, `{"id":"f","_is_merge":true,"scores":{"good":1}}`, `{"id":"g","_object_delete":true}`,
	)))
	assert.Empty(t, r.Parts)
	assert.JSONEq(t, `{"ids":["d","f","g"],"row_ids":["d","f","g"]}`, string(r.Answer.Body))
}

// A row of the REST API has an id, the time it was made and what happened; nothing more comes.
func TestInsertedEvents(t *testing.T) {
	c := vendortest.One(t, Decoder, "/v1/project_logs/shop/insert",
		`{"events":[{"id":"e1","created":"2026-11-23T09:32:27Z","input":"hi","span_attributes":{"type":"llm"},"metadata":{"model":"gpt-5-mini"},"metrics":{"prompt_tokens":5,"completion_tokens":1}}]}`)
	assert.Equal(t, int64(5), c.Usage.Input.N)
	assert.Equal(t, "2026-11-23T09:32:27Z", c.Span.StartTimestamp().AsTime().Format(time.RFC3339))
}

func TestBeforeTheFirstRow(t *testing.T) {
	ask := func(path, body string) string {
		r, err := Decoder.Decode(vendortest.Request(path, []byte(body)))
		require.NoError(t, err)
		assert.Empty(t, r.Parts)
		return string(r.Answer.Body)
	}
	assert.JSONEq(t, `{"project":{"id":"shop","name":"shop","org_id":"watchllm"}}`, ask("/api/project/register", `{"project_name":"shop","org_id":"watchllm"}`))
	var login struct {
		OrgInfo []map[string]any `json:"org_info"`
	}
	require.NoError(t, json.Unmarshal([]byte(ask("/api/apikey/login", ``)), &login))
	require.Len(t, login.OrgInfo, 1)
	for _, field := range []string{"id", "name", "api_url"} {
		assert.Contains(t, login.OrgInfo[0], field)
	}
}

func TestBrokenRows(t *testing.T) {
	r, err := Decoder.Decode(vendortest.Request(target, []byte(rows(`7`, row("llm", `{"model":"m"}`, ``), `{}`, `{"id":"x","metrics":[1]}`))))
	require.NoError(t, err)
	assert.Len(t, r.Parts, 1)
	assert.Equal(t, 3, r.Rejected)
	var answer struct{ Rejected []string }
	require.NoError(t, json.Unmarshal(r.Answer.Body, &answer))
	assert.Equal(t, []string{
		"rows[0]: is a number, expected an object", "rows[2].id: is missing", "rows[3].metrics: is a list, expected an object",
	}, answer.Rejected)
	for _, body := range []string{``, `[]`, `{"rows":{}}`, `{"rows":[`} {
		_, err := Decoder.Decode(vendortest.Request(target, []byte(body)))
		assert.Error(t, err, body)
	}
}

func TestTooManyRecords(t *testing.T) {
	_, err := Decoder.Decode(vendortest.Request(target, []byte(rows(strings.Repeat(`{},`, vendorjson.MaxRecords)+`{}`))))
	require.ErrorIs(t, err, foreign.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(rows(row("llm", `{"model":"m"}`, `"prompt_tokens":1`))))
	f.Add([]byte(rows(`{"id":1,"_is_merge":true,"error":{"message":"x"},"output":{"choices":[{"finish_reason":"stop"}]},"span_parents":["a"]}`)))
	vendortest.Fuzz(f, Decoder, target)
}
