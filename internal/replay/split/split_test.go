package split

import (
	"io/fs"
	"path"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/testkit"
)

// Every piece of a recorded request is a request of its own that cannot be cut further.
func TestRecordedRequests(t *testing.T) {
	for file, want := range map[string]struct {
		path, contentType string
		pieces            int
	}{
		"langfuse@3.39.2/nested_agent.native.json":    {"/api/public/ingestion", "application/json", 11},
		"openai-agents@0.20.0/tool_loop.native.json":  {"/v1/traces/ingest", "application/json", 8},
		"langsmith@0.12.0/tool_loop.native.multipart": {"/api/v1/runs/multipart", "multipart/form-data; boundary=----LangSmithFormBoundarype0qi3anb2l", 2},
		"posthog-ai@8.13.1/tool_loop.native.json":     {"/batch/", "application/json", 2},
		"dd-trace@5.132.0/tool_loop.native.json":      {"/evp_proxy/v2/api/v2/llmobs", "application/json", 2},
		"braintrust@3.35.0/tool_loop.native-2.json":   {"/logs3", "application/json", 2},
		"sentry-node@11.12.0/tool_loop.native.txt":    {"/api/1/envelope/?sentry_key=public", "", 5},
		"helicone-helpers@1.8.3/chat.native.json":     {"/custom/v1/log", "application/json", 1},
		"langsmith@0.12.0/feedback.native.json":       {"/feedback", "application/json", 1},
	} {
		body, err := fs.ReadFile(testkit.Captures(), path.Clean(file))
		require.NoError(t, err)
		pieces, err := Split(want.path, want.contentType, body)
		require.NoError(t, err, file)
		require.Equal(t, want.pieces, len(pieces), file)
		for _, p := range pieces {
			assert.Equal(t, want.path, p.Path)
			again, err := Split(p.Path, p.ContentType, p.Body)
			require.NoError(t, err)
			require.Equal(t, 1, len(again))
		}
	}
}

func TestEnvelopeStays(t *testing.T) {
	pieces, err := Split("/api/v1/runs/batch", "application/json", []byte(`{"post":[{"id":1},{"id":2}],"patch":[{"id":1}],"x":"y"}`))
	require.NoError(t, err)
	require.Equal(t, 3, len(pieces))
	assert.JSONEq(t, `{"post":[{"id":2}],"x":"y"}`, string(pieces[1].Body))
	assert.JSONEq(t, `{"patch":[{"id":1}],"x":"y"}`, string(pieces[2].Body))
	_, err = Split("/runs/batch", "application/json", []byte(`{"post":{}}`))
	require.ErrorContains(t, err, "post")
}
