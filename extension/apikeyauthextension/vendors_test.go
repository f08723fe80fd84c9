package apikeyauthextension_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/watchllm/watchllm/extension/apikeyauthextension"
	"github.com/watchllm/watchllm/extension/llmqueryextension"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver"
)

// authenticator starts api_key_auth over a new keys file.
func authenticator(t *testing.T) (keysFile string, host extensions) {
	t.Helper()
	keysFile = filepath.Join(t.TempDir(), "keys.yaml")
	factory := apikeyauthextension.NewFactory()
	cfg := factory.CreateDefaultConfig()
	unmarshal(t, map[string]any{"keys_file": keysFile, "reload_interval": "10ms"}, cfg)
	auth, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	return keysFile, extensions{component.MustNewID("api_key_auth"): auth}
}

func mustCreate(t *testing.T, keysFile, tenant string, roles ...tenancy.Role) string {
	t.Helper()
	key, _, err := apikey.Create(keysFile, apikey.Record{Tenant: tenant, Project: "shop", Roles: roles}, time.Now())
	require.NoError(t, err)
	return key.Reveal()
}

// Clients of other services put the key where they put those services' own, and nowhere else does it count.
func TestKeysOfVendorClients(t *testing.T) {
	keysFile, host := authenticator(t)
	good := mustCreate(t, keysFile, "acme", tenancy.RoleIngest)
	reader := mustCreate(t, keysFile, "acme", tenancy.RoleRead)
	run(t, host[component.MustNewID("api_key_auth")], host)

	ctx, sink := context.Background(), new(consumertest.TracesSink)
	tenantFactory := llmtenantprocessor.NewFactory()
	tenantCfg := tenantFactory.CreateDefaultConfig()
	unmarshal(t, map[string]any{"require_identity": true}, tenantCfg)
	tenant, err := tenantFactory.CreateTraces(ctx, processortest.NewNopSettings(tenantFactory.Type()), tenantCfg, sink)
	require.NoError(t, err)
	run(t, tenant, host)
	factory, address := llmeventreceiver.NewFactory(), freeAddress(t)
	cfg := factory.CreateDefaultConfig()
	unmarshal(t, map[string]any{
		"endpoint": address,
		"auth":     map[string]any{"authenticator": "api_key_auth", "request_params": []any{"sentry_key"}},
		"foreign":  map[string]any{"vendors": []any{"langfuse", "langsmith", "datadog", "sentry", "helicone"}, "merge_wait": "1s"},
	}, cfg)
	r, err := factory.CreateTraces(ctx, receivertest.NewNopSettings(factory.Type()), cfg, tenant)
	require.NoError(t, err)
	run(t, r, host)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)

	otlp, err := ptraceotlp.NewExportRequestFromTraces(forged()).MarshalProto()
	require.NoError(t, err)
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	const (
		sentry = `{"dsn":"https://evil@127.0.0.1/1"}
{"type":"span","item_count":1,"content_type":"application/vnd.sentry.items.span.v2+json"}
{"items":[{"name":"x","span_id":"d2bcd1baab4d5f2c","trace_id":"6b0408ad000000003e43f7a71f001913","start_timestamp":1795426190.7,"end_timestamp":1795426190.9,"status":"ok","attributes":{"watchllm.tenant.id":{"type":"string","value":"evil"}}}]}
`
		datadog = `{"data":{"type":"span","attributes":{"ml_app":"evil","tags":["watchllm.tenant.id:evil"],"spans":[{"span_id":"12","trace_id":"7","name":"x","start_ns":1795426190000000000,"duration":1000,"meta":{"kind":"workflow"},"status":"ok"}]}}}`
		helix   = `{"providerRequest":{"url":"https://api.openai.com/v1/chat/completions","json":{"model":"gpt-4o"},"meta":{"watchllm.tenant.id":"evil"}},"providerResponse":{"json":{"model":"gpt-4o"},"status":200,"headers":{}},"timing":{"startTime":{"seconds":1795426190,"milliseconds":1},"endTime":{"seconds":1795426191,"milliseconds":1}}}`
		run     = `{"id":"018f0000-0000-7000-8000-000000000001","trace_id":"018f0000-0000-7000-8000-000000000001","dotted_order":"20261126T080000000000Z018f0000-0000-7000-8000-000000000001","name":"x","run_type":"chain","start_time":"2026-11-26T08:00:00Z","end_time":"2026-11-26T08:00:01Z","inputs":{},"outputs":{},"session_name":"evil"}`
	)
	for name, c := range map[string]struct {
		path, contentType, body string
		headers                 func(key string) []string
	}{
		"Langfuse, secret key":    {"/api/public/otel/v1/traces", "application/x-protobuf", string(otlp), func(k string) []string { return []string{"Authorization", basic("pk-lf-evil:" + k)} }},
		"Langfuse, public key":    {"/api/public/otel/v1/traces", "application/x-protobuf", string(otlp), func(k string) []string { return []string{"Authorization", basic(k + ":sk-lf-evil")} }},
		"LangSmith":               {"/runs", "application/json", run, func(k string) []string { return []string{"x-api-key", k, "X-Tenant-Id", "evil"} }},
		"Datadog":                 {"/api/intake/llm-obs/v1/trace/spans", "application/json", datadog, func(k string) []string { return []string{"DD-API-KEY", k} }},
		"Sentry, X-Sentry-Auth":   {"/api/1/envelope/", "application/x-sentry-envelope", sentry, func(k string) []string { return []string{"X-Sentry-Auth", "Sentry sentry_version=7, sentry_key=" + k} }},
		"Helicone, Helicone-Auth": {"/custom/v1/log", "application/json", helix, func(k string) []string { return []string{"Helicone-Auth", "Bearer " + k} }},
		"Helicone, Authorization": {"/custom/v1/log", "application/json", helix, func(k string) []string { return []string{"Authorization", "Bearer " + k} }},
	} {
		t.Run(name, func(t *testing.T) {
			url := "http://" + address + c.path
			sink.Reset()
			bare := 401
			if c.body == sentry {
				bare = 403 // its DSN has a key, which is none of ours
			}
			require.Equal(t, bare, post(t, url, c.contentType, []byte(c.body)))
			require.Equal(t, 403, post(t, url, c.contentType, []byte(c.body), c.headers(reader)...), "a key that may only read")
			require.Empty(t, sink.AllTraces())
			status := post(t, url, c.contentType, []byte(c.body), c.headers(good)...)
			require.True(t, status >= 200 && status < 300, status)
			require.Eventually(t, func() bool { return sink.SpanCount() > 0 }, 20*time.Second, 10*time.Millisecond)
			for _, td := range sink.AllTraces() {
				requireOnlyTenant(t, td, "acme", "shop")
			}
		})
	}
	t.Run("Sentry, query", func(t *testing.T) {
		url := "http://" + address + "/api/1/envelope/?sentry_version=7&sentry_key="
		require.Equal(t, 200, post(t, url+good, "text/plain", []byte(sentry)))
		require.Equal(t, 403, post(t, url+reader, "text/plain", []byte(sentry)))
		require.Equal(t, 401, post(t, url+"0123456789abcdef", "text/plain", []byte(sentry)), "a DSN of Sentry's own")
	})
}

// The read door asks for a role of its own, and says so before it asks the store anything.
func TestReadDoor(t *testing.T) {
	keysFile, host := authenticator(t)
	keys := map[tenancy.Role]string{}
	for _, r := range tenancy.Roles {
		keys[r] = mustCreate(t, keysFile, "acme", r)
	}
	run(t, host[component.MustNewID("api_key_auth")], host)
	factory, address := llmqueryextension.NewFactory(), freeAddress(t)
	cfg := factory.CreateDefaultConfig()
	unmarshal(t, map[string]any{
		"endpoint": address, "auth": map[string]any{"authenticator": "api_key_auth"},
		"clickhouse": map[string]any{"endpoint": "http://" + freeAddress(t)},
	}, cfg)
	query, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	run(t, query, host)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)

	ask := func(key, parameters string) int {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+address+"/api/v1/stats/overview"+parameters, nil)
		require.NoError(t, err)
		if key != "" {
			req.Header.Set("X-API-Key", key)
		}
		for name, value := range forgedHeaders {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, 401, ask("", ""))
	require.Equal(t, 403, ask(keys[tenancy.RoleIngest], ""))
	require.Equal(t, 403, ask(keys[tenancy.RoleBilling], ""))
	require.Equal(t, 503, ask(keys[tenancy.RoleRead], ""), "this one may, but there is no store here")
	require.Equal(t, 503, ask(keys[tenancy.RoleAdmin], ""))
	require.Equal(t, 403, ask(keys[tenancy.RoleRead], "?project_id=other"), "another project takes the role admin")
	require.Equal(t, 503, ask(keys[tenancy.RoleAdmin], "?project_id=other"))
}
