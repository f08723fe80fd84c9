package llmeventreceiver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/watchllm/watchllm/internal/httpmount"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
)

// otherServer is an extension with an HTTP server of its own.
type otherServer struct {
	component.StartFunc
	component.ShutdownFunc
	httpmount.Table
}

var otherID = component.MustNewID("llm_query")

func TestMountedOnAnotherServer(t *testing.T) {
	other := &otherServer{}
	server := httptest.NewServer(other.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	t.Cleanup(server.Close)
	f := start(t, options{auth: true, extensions: extHost{otherID: other}, edit: func(c *Config) { c.MountOn = &otherID }})
	own := f.url
	f.url = server.URL
	for _, path := range eventPaths {
		require.Equal(t, http.StatusAccepted, f.post(t, path, seedEvent).status, path)
		require.Equal(t, http.StatusUnauthorized, f.post(t, path, seedEvent, "X-API-Key", "").status, "the receiver's own gate")
	}
	for _, path := range []string{"/api/v1/schema", "/api/v1/schema/events/0", "/api/v1/schema/events/1"} {
		require.Equal(t, http.StatusOK, f.get(t, http.MethodGet, path).status, "what answers link to is there")
	}
	require.Equal(t, http.StatusTeapot, f.post(t, "/api/v1/traces", "{}").status, "the server's own paths are its own")
	require.Equal(t, http.StatusTeapot, f.post(t, "/livez", "{}").status)
	require.Equal(t, http.StatusRequestEntityTooLarge, f.post(t, "/api/v1/events", strings.Repeat(" ", defaultMaxBody+1)).status, "the receiver's own limit")
	large := `[` + strings.Repeat(nativeEvent+`,`, 900) + nativeEvent + `]`
	require.Equal(t, http.StatusAccepted, f.post(t, "/api/v1/events", large).status)
	f.url = own
	require.Equal(t, http.StatusAccepted, f.post(t, "/api/v1/events", seedEvent).status)
}

// A client that sends slowly is cut off on the other server as it is on ours.
func TestMountedReadTimeout(t *testing.T) {
	read := make(chan error, 1)
	server := httptest.NewServer(hurried(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := r.Body.Read(make([]byte, 1))
		read <- err
	}), 50*time.Millisecond))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, neverEnding{ctx})
	require.NoError(t, err)
	go func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	require.ErrorContains(t, <-read, "timeout")
}

type neverEnding struct{ ctx context.Context }

func (n neverEnding) Read([]byte) (int, error) {
	<-n.ctx.Done()
	return 0, n.ctx.Err()
}

func TestMountFailsWithACure(t *testing.T) {
	taken := &otherServer{}
	_, err := taken.Mount("/api/v1/events", http.NotFoundHandler())
	require.NoError(t, err)
	for want, ext := range map[string]extHost{
		`mount_on: there is no extension "llm_query"`:             {},
		`mount_on: the extension "llm_query" has no HTTP server`:  {otherID: authenticator{}},
		`mount_on: "llm_query": cannot mount /api/v1/events: ano`: {otherID: taken},
	} {
		cfg := createDefaultConfig().(*Config)
		cfg.ServerConfig.NetAddr.Endpoint, cfg.MountOn = freeAddress(t), &otherID
		set := receivertest.NewNopSettings(metadata.Type)
		set.TelemetrySettings = componenttest.NewNopTelemetrySettings()
		r, err := newEventReceiver(set, cfg)
		require.NoError(t, err)
		require.ErrorContains(t, r.Start(t.Context(), ext), want)
		require.NoError(t, r.Shutdown(t.Context()))
	}
}

// A browser asks with OPTIONS, without a key, before it sends one. Beacons come with whatever the page's address allows.
func TestBrowsers(t *testing.T) {
	other := &otherServer{}
	server := httptest.NewServer(other.Handler(http.NotFoundHandler()))
	t.Cleanup(server.Close)
	f := start(t, options{auth: true, extensions: extHost{otherID: other}, edit: func(c *Config) {
		c.MountOn = &otherID
		c.ServerConfig.CORS = configoptional.Some(confighttp.CORSConfig{
			AllowedOrigins: []string{"https://app.example.com"}, AllowedHeaders: []string{"X-API-Key", "Content-Type"},
		})
	}})
	for _, url := range []string{f.url, server.URL} {
		f.url = url
		preflight := func(origin string) answer {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, url+"/api/v1/events/batch", nil)
			require.NoError(t, err)
			req.Header.Set("Origin", origin)
			req.Header.Set("Access-Control-Request-Method", http.MethodPost)
			req.Header.Set("Access-Control-Request-Headers", "content-type,x-api-key")
			return do(t, req)
		}
		ok := preflight("https://app.example.com")
		require.Equal(t, http.StatusNoContent, ok.status)
		require.Equal(t, "https://app.example.com", ok.header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "content-type,x-api-key", ok.header.Get("Access-Control-Allow-Headers"))
		require.Equal(t, "true", ok.header.Get("Access-Control-Allow-Credentials"), "beacons come with credentials")
		require.Empty(t, preflight("https://elsewhere.example.com").header.Get("Access-Control-Allow-Origin"))

		sent := f.post(t, "/api/v1/events/batch", `{"events":[`+seedEvent+`]}`, "Origin", "https://app.example.com")
		require.Equal(t, http.StatusAccepted, sent.status)
		require.Equal(t, "https://app.example.com", sent.header.Get("Access-Control-Allow-Origin"))
		for _, contentType := range []string{"text/plain;charset=UTF-8", "application/json"} {
			beacon := f.post(t, "/api/v1/events/batch?X-Api-Key=good", `{"events":[`+seedEvent+`]}`,
				"Origin", "https://app.example.com", "X-API-Key", "", "Content-Type", contentType)
			require.Equal(t, http.StatusAccepted, beacon.status, "request_params lets a beacon have a key")
		}
	}
}
