package llmeventreceiver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

func scoreRecord(t *testing.T, f *fixture, n int) plog.LogRecord {
	t.Helper()
	require.Greater(t, f.logs.LogRecordCount(), n)
	for _, l := range f.logs.AllLogs() {
		records := l.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
		if n < records.Len() {
			return records.At(n)
		}
		n -= records.Len()
	}
	t.FailNow()
	return plog.NewLogRecord()
}

// Langfuse's scores have an address of their own, which takes one or many and answers each in its way.
func TestLangfuseScores(t *testing.T) {
	const path = "/api/public/scores"
	f := start(t, options{edit: withVendors, auth: true})
	a := f.post(t, path, `{"id":"s1","traceId":"t","name":"helpful","value":0.5}`)
	require.Equal(t, 200, a.status, a.text)
	require.JSONEq(t, `{"id":"s1"}`, a.text)

	a = f.post(t, path, `[{"id":"s2","name":"tone","value":"warm","dataType":"CATEGORICAL","sessionId":"s-9"},{"id":"s3","traceId":"t","name":"ok","value":1,"dataType":"BOOLEAN"}]`)
	require.Equal(t, 202, a.status, a.text)
	require.JSONEq(t, `{"message":"Accepted"}`, a.text)
	tone := scoreRecord(t, f, 1).Attributes().AsRaw()
	require.Equal(t, "warm", tone["gen_ai.evaluation.score.label"])
	require.Equal(t, "s-9", tone["gen_ai.conversation.id"])
	require.Equal(t, "BOOLEAN", scoreRecord(t, f, 2).Attributes().AsRaw()["langfuse.score.data_type"])

	a = f.post(t, path, `[{"name":"a","value":1},{"value":1},7,{"name":"b"}]`)
	require.Equal(t, 207, a.status, a.text)
	require.JSONEq(t, `{"accepted":1,"rejected":3,"errors":[{"message":"body.name: is missing; it says what was scored"},`+
		`{"message":"body: must be an object, is a number"},{"message":"body.value: must be a number or text"}]}`, a.text)

	for body, words := range map[string]string{`{"value":1}`: "name: is missing", `7`: "must be a score or a list of scores", `[`: "line 1"} {
		a = f.post(t, path, body)
		require.Equal(t, 400, a.status)
		require.Contains(t, a.text, words)
	}
}

// Scores without an id are as many as they differ.
func TestScoresWithoutIds(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	one, other := `{"traceId":"t","name":"helpful","value":1,"timestamp":"2026-11-23T09:00:00Z"}`, `{"traceId":"t","name":"helpful","value":0,"timestamp":"2026-11-23T09:00:00Z"}`
	for _, body := range []string{one, one, other} {
		a := f.post(t, "/api/public/scores", body)
		require.Equal(t, 200, a.status, a.text)
	}
	id := func(n int) any { return scoreRecord(t, f, n).Attributes().AsRaw()["watchllm.native.id"] }
	require.NotEmpty(t, id(0))
	require.Equal(t, id(0), id(1))
	require.NotEqual(t, id(0), id(2))
}

// Every SDK that checks its keys wants to see a project, the newer ones with its organization.
func TestLangfuseProjects(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	ask := func(key string) answer {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/api/public/projects", nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", key)
		return do(t, req)
	}
	a := ask("good")
	require.Equal(t, 200, a.status, a.text)
	require.JSONEq(t, `{"data":[{"id":"watchllm","name":"watchllm","organization":{"id":"watchllm","name":"watchllm"},"metadata":{}}]}`, a.text)
	require.Equal(t, 403, ask("reader").status)
}

// What the vendors' services can be asked for, but not this one.
func TestVendorsAreNotRead(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	for _, path := range []string{"/runs/query", "/api/v1/runs/query", "/api/public/media", "/api/public/v2/prompts", "/datasets"} {
		a := f.post(t, path, `{}`)
		require.Equal(t, 404, a.status, path)
		require.Contains(t, a.text, "nothing is served here")
	}
}
