package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := newReplayCommand()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// acceptAll is a collector that takes everything and remembers the keys it was shown.
func acceptAll(t *testing.T) (endpoint string, keys func() []string) {
	var mu sync.Mutex
	seen := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Header.Get("Authorization")] = true
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	return server.URL, func() (out []string) {
		mu.Lock()
		defer mu.Unlock()
		for key := range seen {
			out = append(out, key)
		}
		return out
	}
}

func writeKey(t *testing.T, dir, name, key string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, []byte(key+"\n"), 0o600))
	return file
}

func TestReplayNeedsToKnowWhat(t *testing.T) {
	_, err := execute(t)
	require.ErrorContains(t, err, "[demo captures]")
	_, err = execute(t, "--demo", "--captures", "x")
	require.ErrorContains(t, err, "[captures demo]")
	_, err = execute(t, "--demo", "--until", "yesterday")
	require.ErrorContains(t, err, "2026-11-23T18:00:00Z")
}

func TestReplayFindsTheKey(t *testing.T) {
	data := t.TempDir()
	t.Setenv("WATCHLLM_DATA_DIR", data)
	small := []string{"--demo", "--traces", "1", "--seed", "3", "--endpoint"}

	endpoint, keys := acceptAll(t)
	out, err := execute(t, append(small, endpoint)...)
	require.NoError(t, err)
	assert.Contains(t, out, "seed 3")
	assert.Equal(t, []string{""}, keys(), "a collector without auth needs no key")

	writeKey(t, data, "api-key", "first")
	endpoint, keys = acceptAll(t)
	_, err = execute(t, append(small, endpoint)...)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer first"}, keys())

	endpoint, keys = acceptAll(t)
	_, err = execute(t, append(small, endpoint, "--api-key", "given", "--tenant-keys", writeKey(t, data, "acme.key", "acme"))...)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"Bearer given", "Bearer acme"}, keys())
}

func TestReplayRefusesWhatIsNoKey(t *testing.T) {
	dir := t.TempDir()
	_, err := execute(t, "--demo", "--api-key-file", filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = execute(t, "--demo", "--api-key-file", writeKey(t, dir, "two", "a b"))
	require.ErrorContains(t, err, "one API key and nothing else")
}

func TestReplaySaysHowToGetIn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(server.Close)
	out, err := execute(t, "--demo", "--traces", "1", "--endpoint", server.URL, "--api-key", "old")
	require.ErrorContains(t, err, "--api-key-file")
	assert.Contains(t, out, "lost")
}
