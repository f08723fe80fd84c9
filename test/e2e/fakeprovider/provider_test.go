package fakeprovider

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ask(t *testing.T, p *Provider, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer k")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	require.NoError(t, err)
	return w.Code, string(raw)
}

func TestOpenAI(t *testing.T) {
	p := &Provider{}
	code, body := ask(t, p, "/v1/chat/completions", `{"model":"gpt-5-mini"}`)
	require.Equal(t, http.StatusOK, code)
	var answer struct {
		Model string
		Usage struct {
			Prompt  int64 `json:"prompt_tokens"`
			Details struct {
				Cached int64 `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	assert.Equal(t, "gpt-5-mini-2025-08-07", answer.Model)
	assert.EqualValues(t, 1037, answer.Usage.Prompt, "includes what was cached")
	assert.EqualValues(t, 512, answer.Usage.Details.Cached)
	assert.Equal(t, []Call{{Path: "/v1/chat/completions", Model: "gpt-5-mini", Key: "Bearer k", Status: 200, ID: "00000001", Usage: DefaultUsage}}, p.Calls())
}

func TestStreamReportsUsageOnlyWhenAsked(t *testing.T) {
	p := &Provider{}
	_, body := ask(t, p, "/v1/chat/completions", `{"model":"gpt-4o","stream":true}`)
	assert.NotContains(t, body, "prompt_tokens")
	assert.True(t, strings.HasSuffix(body, "data: [DONE]\n\n"))
	_, body = ask(t, p, "/v1/chat/completions", `{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}}`)
	assert.Contains(t, body, `"prompt_tokens":1037`)
}

func TestAnthropicLeavesCachedTokensOut(t *testing.T) {
	p := &Provider{}
	for _, stream := range []string{"false", "true"} {
		_, body := ask(t, p, "/v1/messages", `{"model":"claude-sonnet-4-5","stream":`+stream+`}`)
		assert.Contains(t, body, `"input_tokens":397`)
		assert.Contains(t, body, `"cache_read_input_tokens":512`)
		assert.Contains(t, body, `"output_tokens":211`)
	}
}

func TestFailures(t *testing.T) {
	p := &Provider{}
	p.Fail(http.StatusTooManyRequests)
	code, body := ask(t, p, "/v1/embeddings", `{"model":"text-embedding-3-small"}`)
	assert.Equal(t, http.StatusTooManyRequests, code)
	assert.Contains(t, body, "rate_limit_exceeded")
	code, _ = ask(t, p, "/v1/embeddings", `{"model":"text-embedding-3-small"}`)
	assert.Equal(t, http.StatusOK, code, "one failure each")
	code, _ = ask(t, p, "/v1/embeddings", `{}`)
	assert.Equal(t, http.StatusBadRequest, code)
	code, _ = ask(t, p, "/v2/anything", `{}`)
	assert.Equal(t, http.StatusNotFound, code)
}

func TestSetUsage(t *testing.T) {
	p := &Provider{}
	p.SetUsage(Usage{Input: 7, Output: 3})
	_, body := ask(t, p, "/v1/chat/completions", `{"model":"m"}`)
	assert.Contains(t, body, `"total_tokens":10`)
}

func TestNoTwoAnswersReportTheSame(t *testing.T) {
	p := &Provider{}
	p.Vary()
	for range 20 {
		ask(t, p, "/v1/chat/completions", `{"model":"m"}`)
	}
	seen := map[int64]bool{}
	for _, c := range p.Calls() {
		for _, n := range []int64{c.Usage.Input, c.Usage.Output} {
			assert.False(t, seen[n], "%d tokens were reported before", n)
			seen[n] = true
		}
		assert.Less(t, c.Usage.CacheRead, c.Usage.Input)
	}
}

func TestToolsAreCalledOnce(t *testing.T) {
	p := &Provider{}
	const tools = `"tools":[{"type":"function","function":{"name":"weather"}}]`
	_, body := ask(t, p, "/v1/chat/completions", `{"model":"m",`+tools+`,"messages":[{"role":"user"}]}`)
	assert.Contains(t, body, `"finish_reason":"tool_calls"`)
	assert.Contains(t, body, `"name":"weather"`)
	_, body = ask(t, p, "/v1/chat/completions", `{"model":"m",`+tools+`,"messages":[{"role":"user"},{"role":"assistant"},{"role":"tool"}]}`)
	assert.Contains(t, body, `"finish_reason":"stop"`)
}
