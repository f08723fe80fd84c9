package llmqueryextension

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
)

// A mounted handler gets what its client sent: neither the API's keys nor its limit for bodies nor its decoding stand before it.
func TestMountedPathsAreTheirOwnersBusiness(t *testing.T) {
	e := start(t, guardedConfig(), newHost(), extensiontest.NewNopSettings(metadata.Type))
	unmount, err := e.Mount("/api/v1/events", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil || n != 1<<20 || r.Header.Get("Content-Encoding") != "unheard-of" || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	require.NoError(t, err)
	post := func(path string, size int) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+e.address+path, bytes.NewReader(make([]byte, size)))
		require.NoError(t, err)
		req.Header.Set("Content-Encoding", "unheard-of")
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusAccepted, post("/api/v1/events", 1<<20))
	require.Equal(t, http.StatusBadRequest, post("/api/v1/events/other", 1), "what is not mounted is the API's: it knows no such encoding")
	code, _ := get(t, e, "", "/api/v1/traces")
	require.Equal(t, http.StatusUnauthorized, code)
	require.NoError(t, unmount(t.Context()))
	require.Equal(t, http.StatusServiceUnavailable, post("/api/v1/events", 1))
}

func TestOwnPathsCannotBeMounted(t *testing.T) {
	e, err := newExtension(guardedConfig(), extensiontest.NewNopSettings(metadata.Type))
	require.NoError(t, err)
	for _, path := range []string{"/livez", "/api/v1/traces", "/api/v1/traces/0123", "/traces/0123", "/stats/overview"} {
		_, err := e.Mount(path, http.NotFoundHandler())
		require.ErrorContains(t, err, "itself", path)
	}
	require.NoError(t, e.Shutdown(t.Context()))
}

// Headers are held before anybody knows whose they are.
func TestHeadersAreBounded(t *testing.T) {
	e := start(t, guardedConfig(), newHost(), extensiontest.NewNopSettings(metadata.Type))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.address+"/api/v1/traces", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("X-Flood", strings.Repeat("a", 100<<10))
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode)
}
