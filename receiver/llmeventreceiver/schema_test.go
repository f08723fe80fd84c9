package llmeventreceiver

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract/contracttest"
	"github.com/watchllm/watchllm/sdk-conventions/schema"
)

func (f *fixture) get(t *testing.T, method, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, f.url+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return do(t, req)
}

func TestSchemasAreServed(t *testing.T) {
	f := start(t, options{auth: true})
	a := f.get(t, http.MethodGet, "/api/v1/schema")
	require.Equal(t, 200, a.status, "no key is needed")
	require.JSONEq(t, `{"newest":"watchllm.events/1","schemas":[
		{"schema":"watchllm.events/1","major":1,"url":"/api/v1/schema/events/1","deprecated":false},
		{"schema":"watchllm.events/0","major":0,"url":"/api/v1/schema/events/0","deprecated":true}]}`, a.text)
	for _, listed := range a.json(t)["schemas"].([]any) {
		url := listed.(map[string]any)["url"].(string)
		a := f.get(t, http.MethodGet, url)
		require.Equal(t, 200, a.status)
		require.Equal(t, "application/schema+json", a.header.Get("Content-Type"))
		require.Equal(t, "public, max-age=3600", a.header.Get("Cache-Control"))
		want, ok := schema.Events(int(listed.(map[string]any)["major"].(float64)))
		require.True(t, ok)
		require.Equal(t, string(want), a.text)

		tag := a.header.Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{32}"$`, tag)
		again := f.get(t, http.MethodGet, url, "If-None-Match", `"other", W/`+tag)
		require.Equal(t, 304, again.status)
		require.Empty(t, again.text)
		require.Equal(t, tag, again.header.Get("ETag"))
		require.Equal(t, 200, f.get(t, http.MethodGet, url, "If-None-Match", `"other"`).status)
		require.Empty(t, f.get(t, http.MethodHead, url).text)
	}
	require.Equal(t, "application/schema+json", f.get(t, http.MethodGet, "/api/v1/schema?major=1").header.Get("Content-Type"))
	for _, path := range []string{"/api/v1/schema?major=2", "/api/v1/schema?major=", "/api/v1/schema/events/one", "/api/v1/schema/events/2"} {
		a := f.get(t, http.MethodGet, path)
		require.Equal(t, 404, a.status)
		require.Equal(t, []any{"watchllm.events/1", "watchllm.events/0"}, a.json(t)["supported"])
	}
	for _, path := range []string{"/api/v1/schema", "/api/v1/schema/events/1"} {
		a := f.get(t, http.MethodDelete, path)
		require.Equal(t, 405, a.status)
		require.Equal(t, "GET, HEAD", a.header.Get("Allow"))
	}
}

// isSeedBody tells the contract of a body of a test.
func isSeedBody(t testing.TB, body string) bool {
	t.Helper()
	d := newDecoder(createDefaultConfig().(*Config), "shop", testClock)
	in, p := d.json([]byte(body))
	require.Nil(t, p, body)
	return in.form.natives == 0
}

// jsonBlocks are the bodies of curl commands and the JSON in a page.
func jsonBlocks(t *testing.T, page string) []string {
	t.Helper()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	var out []string
	for _, m := range regexp.MustCompile(`(?s)-d '(\{.*?\}|\[.*?\])'`).FindAllStringSubmatch(string(raw), -1) {
		out = append(out, m[1])
	}
	for _, m := range regexp.MustCompile("(?s)```json\n(\\{.*?)```").FindAllStringSubmatch(string(raw), -1) {
		out = append(out, m[1])
	}
	return out
}

// Every example of the pages and every accepted body of the golden tests is what the schema says.
func TestExamplesConform(t *testing.T) {
	check := func(body string) {
		major := 1
		if isSeedBody(t, body) && json.Valid([]byte(body)) && !strings.Contains(body, `"events": [ ]`) {
			major = 0
		}
		require.NoError(t, contracttest.Conforms(t, major, body), body)
	}
	goldens, err := filepath.Glob("testdata/golden/*.in.json")
	require.NoError(t, err)
	require.NotEmpty(t, goldens)
	for _, g := range goldens {
		raw, err := os.ReadFile(g)
		require.NoError(t, err)
		check(string(raw))
	}
	examples := 0
	for _, page := range []string{"README.md", "../../docs/sending.md"} {
		for _, body := range jsonBlocks(t, page) {
			d := newDecoder(createDefaultConfig().(*Config), "shop", testClock)
			in, p := d.json([]byte(body))
			require.Nil(t, p, body)
			if len(in.rejected) > 0 { // it shows an answer to something wrong
				require.Error(t, contracttest.Conforms(t, 1, body), body)
				continue
			}
			check(body)
			examples++
		}
	}
	require.GreaterOrEqual(t, examples, 2)
}
