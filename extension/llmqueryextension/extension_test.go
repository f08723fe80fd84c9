package llmqueryextension

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadatatest"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/testkit"
)

var keysID = component.MustNewID("api_key_auth")

// keysExtension is testKeys as a component.
type keysExtension struct {
	component.StartFunc
	component.ShutdownFunc
	testKeys
}

// statusHost records what the extension reports.
type statusHost struct {
	extensions map[component.ID]component.Component
	mu         sync.Mutex
	events     []*componentstatus.Event
}

func (h *statusHost) GetExtensions() map[component.ID]component.Component { return h.extensions }

func (h *statusHost) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *statusHost) statuses() (out []componentstatus.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		out = append(out, e.Status())
	}
	return out
}

func newHost() *statusHost {
	return &statusHost{extensions: map[component.ID]component.Component{keysID: &keysExtension{testKeys: keys}}}
}

func guardedConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint = "127.0.0.1:0"
	cfg.ServerConfig.Auth = configoptional.Some(confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: keysID}})
	return cfg
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func start(t *testing.T, cfg *Config, host component.Host, set extension.Settings) *queryExtension {
	t.Helper()
	e, err := newExtension(cfg, set)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	return e
}

func get(t testing.TB, e *queryExtension, key, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.address+path, nil)
	require.NoError(t, err)
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// The collector starts before its store, says so, and answers when the store appears.
func TestStartWithoutTheStore(t *testing.T) {
	engine := testkit.StartEngine(t)
	// A door that is shut at first and leads to the engine later.
	address := freeAddress(t)
	cfg := guardedConfig()
	cfg.ClickHouse.Endpoint, cfg.ClickHouse.Password = "http://"+address, configopaque.String(engine.Password)
	cfg.ClickHouse.Database = engine.Database(t)
	direct := cfg.ClickHouse
	direct.Endpoint = engine.Endpoint
	_, err := clickhouse.Migrate(t.Context(), direct, t.Name())
	require.NoError(t, err)

	tt := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tt.Shutdown(context.Background())) })
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tt.NewTelemetrySettings()
	host := newHost()
	began := time.Now()
	e := start(t, cfg, host, set)
	require.Less(t, time.Since(began), time.Second, "Start waits for nobody")

	code, text := get(t, e, "", "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	var summary healthSummary
	require.NoError(t, json.Unmarshal([]byte(text), &summary))
	require.Equal(t, statusDown, summary.Checks["store"].Status)
	code, _ = get(t, e, "", "/livez")
	require.Equal(t, http.StatusOK, code)
	code, _ = get(t, e, "shop", "/api/v1/stats/overview")
	require.Equal(t, http.StatusServiceUnavailable, code)
	storeUp := func(want int64) func() bool {
		return func() bool {
			m, err := tt.GetMetric("otelcol_extension_llm_query_store_up")
			return err == nil && m.Data.(metricdata.Gauge[int64]).DataPoints[0].Value == want
		}
	}
	require.Eventually(t, storeUp(0), 5*time.Second, 10*time.Millisecond)

	door := openDoor(t, address, engine.Addr())
	require.Eventually(t, func() bool { code, _ := get(t, e, "", "/readyz"); return code == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	require.True(t, storeUp(1)())
	code, text = get(t, e, "shop", "/api/v1/stats/overview")
	require.Equal(t, http.StatusOK, code, text)
	require.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, host.statuses())

	// It goes away again: the first question that fails makes /readyz look anew.
	door.shut()
	require.Eventually(t, func() bool {
		code, _ := get(t, e, "shop", "/api/v1/stats/overview")
		return code == http.StatusServiceUnavailable
	}, 10*time.Second, 50*time.Millisecond)
	code, _ = get(t, e, "", "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)

	code, _ = get(t, e, "", "/api/v1/stats/overview")
	require.Equal(t, http.StatusUnauthorized, code)
	code, _ = get(t, e, "writer", "/api/v1/stats/overview")
	require.Equal(t, http.StatusForbidden, code)
	metadatatest.AssertEqualExtensionLlmQueryRefusedRequests(t, tt, []metricdata.DataPoint[int64]{
		{Attributes: attribute.NewSet(attribute.String("reason", "unauthenticated")), Value: 1},
		{Attributes: attribute.NewSet(attribute.String("reason", "forbidden")), Value: 1},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	m, err := tt.GetMetric("otelcol_extension_llm_query_statement_duration")
	require.NoError(t, err)
	outcomes := map[string]bool{}
	for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
		v, _ := p.Attributes.Value("outcome")
		outcomes[v.AsString()] = true
	}
	require.Equal(t, map[string]bool{outcomeOK: true, outcomeUnavailable: true}, outcomes)
}

// door passes connections on while it is open.
type door struct {
	listener net.Listener
	done     sync.WaitGroup
	mu       sync.Mutex
	conns    []net.Conn
}

func openDoor(t *testing.T, from, to string) *door {
	t.Helper()
	listener, err := net.Listen("tcp", from)
	require.NoError(t, err)
	d := &door{listener: listener}
	t.Cleanup(d.shut)
	d.done.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			d.mu.Lock()
			d.conns = append(d.conns, in, out)
			d.mu.Unlock()
			d.done.Go(func() { _, _ = io.Copy(out, in); out.Close() })
			d.done.Go(func() { _, _ = io.Copy(in, out); in.Close() })
		}
	})
	return d
}

func (d *door) shut() {
	d.listener.Close()
	d.mu.Lock()
	for _, c := range d.conns {
		c.Close()
	}
	d.mu.Unlock()
	d.done.Wait()
}

func TestStartNeedsItsAuthenticator(t *testing.T) {
	e, err := newExtension(guardedConfig(), extensiontest.NewNopSettings(metadata.Type))
	require.NoError(t, err)
	err = e.Start(t.Context(), componenttest.NewNopHost())
	require.ErrorContains(t, err, `"api_key_auth"`)
	require.ErrorContains(t, err, "service::extensions")
	require.NoError(t, e.Shutdown(t.Context()))
	require.Equal(t, []component.ID{keysID}, e.Dependencies())

	open, err := newExtension(createDefaultConfig().(*Config), extensiontest.NewNopSettings(metadata.Type))
	require.NoError(t, err)
	require.Empty(t, open.Dependencies())
}

func TestStartOnATakenAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cfg := guardedConfig()
	cfg.ServerConfig.NetAddr.Endpoint = l.Addr().String()
	e, err := newExtension(cfg, extensiontest.NewNopSettings(metadata.Type))
	require.NoError(t, err)
	err = e.Start(t.Context(), newHost())
	require.ErrorContains(t, err, l.Addr().String())
	require.ErrorContains(t, err, "choose another endpoint")
	require.NoError(t, e.Shutdown(t.Context()))
	require.NoError(t, e.Shutdown(t.Context()), "twice is allowed")
}

func TestCORSAndBodies(t *testing.T) {
	cfg := guardedConfig()
	cfg.ClickHouse.Endpoint = "http://" + freeAddress(t)
	cfg.ServerConfig.CORS = configoptional.Some(confighttp.CORSConfig{
		AllowedOrigins: []string{"https://console.example"}, AllowedHeaders: []string{"X-API-Key"},
	})
	e := start(t, cfg, newHost(), extensiontest.NewNopSettings(metadata.Type))
	ask := func(origin string) http.Header {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://"+e.address+"/api/v1/traces", nil)
		require.NoError(t, err)
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", "GET")
		req.Header.Set("Access-Control-Request-Headers", "x-api-key")
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.Header
	}
	require.Equal(t, "https://console.example", ask("https://console.example").Get("Access-Control-Allow-Origin"))
	require.Empty(t, ask("https://evil.example").Get("Access-Control-Allow-Origin"))
}
