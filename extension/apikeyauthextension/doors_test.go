package apikeyauthextension_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/extension/apikeyauthextension"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/processor/llmtenantprocessor"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver"
)

// house is what stands at the door of a distribution: authenticator, receivers, llm_tenant. This test belongs to all of them: a
// request gets in with its key's identity, or it does not get in, whatever it says of itself.
type house struct {
	keysFile string
	grpc     *grpc.ClientConn
	otlpHTTP string
	// otlpAuth and grpcAuth have the extension as `auth` instead of as a middleware.
	otlpAuth string
	grpcAuth *grpc.ClientConn
	events   string
	sink     *consumertest.TracesSink
}

func open(t *testing.T) *house { return openWith(t, nil) }

func openWith(t *testing.T, more map[string]any) *house {
	t.Helper()
	ctx := context.Background()
	h := &house{keysFile: filepath.Join(t.TempDir(), "keys.yaml"), sink: new(consumertest.TracesSink)}

	authID := component.MustNewID("api_key_auth")
	authFactory := apikeyauthextension.NewFactory()
	authCfg := authFactory.CreateDefaultConfig()
	settings := map[string]any{"keys_file": h.keysFile, "reload_interval": "10ms"}
	maps.Copy(settings, more)
	unmarshal(t, settings, authCfg)
	auth, err := authFactory.Create(ctx, extensiontest.NewNopSettings(authFactory.Type()), authCfg)
	require.NoError(t, err)
	host := extensions{authID: auth}
	run(t, auth, host)

	tenantFactory := llmtenantprocessor.NewFactory()
	tenantCfg := tenantFactory.CreateDefaultConfig()
	unmarshal(t, map[string]any{"require_identity": true}, tenantCfg)
	tenant, err := tenantFactory.CreateTraces(ctx, processortest.NewNopSettings(tenantFactory.Type()), tenantCfg, h.sink)
	require.NoError(t, err)
	run(t, tenant, host)

	grpcAddress, httpAddress, eventsAddress := freeAddress(t), freeAddress(t), freeAddress(t)
	withAuth := func(address string) map[string]any {
		return map[string]any{"endpoint": address, "include_metadata": true, "auth": map[string]any{"authenticator": authID.String()}}
	}
	withMiddleware := func(address string) map[string]any {
		return map[string]any{"endpoint": address, "include_metadata": true, "middlewares": []any{map[string]any{"id": authID.String()}}}
	}
	authAddress, grpcAuthAddress := freeAddress(t), freeAddress(t)
	for factory, cfg := range map[receiver.Factory]map[string]any{
		otlpreceiver.NewFactory():     {"protocols": map[string]any{"grpc": withMiddleware(grpcAddress), "http": withMiddleware(httpAddress)}},
		otlpreceiver.NewFactory():     {"protocols": map[string]any{"grpc": withAuth(grpcAuthAddress), "http": withAuth(authAddress)}},
		llmeventreceiver.NewFactory(): withAuth(eventsAddress),
	} {
		c := factory.CreateDefaultConfig()
		unmarshal(t, cfg, c)
		r, err := factory.CreateTraces(ctx, receivertest.NewNopSettings(factory.Type()), c, tenant)
		require.NoError(t, err)
		run(t, r, host)
	}
	h.grpc, h.grpcAuth = dial(t, grpcAddress), dial(t, grpcAuthAddress)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	h.otlpHTTP, h.otlpAuth, h.events = "http://"+httpAddress+"/v1/traces", "http://"+authAddress+"/v1/traces", "http://"+eventsAddress+"/api/v1/events"
	return h
}

func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func unmarshal(t *testing.T, from map[string]any, to component.Config) {
	t.Helper()
	require.NoError(t, confmap.NewFromStringMap(from).Unmarshal(to))
	require.NoError(t, confmap.Validate(to))
}

func run(t *testing.T, c component.Component, host component.Host) {
	t.Helper()
	require.NoError(t, c.Start(context.Background(), host))
	t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })
}

type extensions map[component.ID]component.Component

func (e extensions) GetExtensions() map[component.ID]component.Component { return e }

var _ component.Host = extensions{}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// forged says in every place that it is another tenant's.
func forged() ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	ss := rs.ScopeSpans().AppendEmpty()
	span := ss.Spans().AppendEmpty()
	span.SetTraceID([16]byte{1})
	span.SetSpanID([8]byte{1})
	for _, attrs := range []interface{ PutStr(string, string) }{
		rs.Resource().Attributes(), ss.Scope().Attributes(), span.Attributes(),
		span.Events().AppendEmpty().Attributes(), span.Links().AppendEmpty().Attributes(),
	} {
		attrs.PutStr("watchllm.tenant.id", "evil")
		attrs.PutStr("watchllm.project.id", "evil")
	}
	return td
}

// forgedHeaders are what a client might try beside its key.
var forgedHeaders = map[string]string{
	"X-Tenant": "evil", "Watchllm-Tenant-Id": "evil", "X-Scope-OrgID": "evil", "Baggage": "watchllm.tenant.id=evil", "Tenant.id": "evil",
}

func (h *house) sendGRPC(t *testing.T, headers ...string) codes.Code {
	t.Helper()
	return sendOver(t, h.grpc, headers...)
}

func sendOver(t *testing.T, conn *grpc.ClientConn, headers ...string) codes.Code {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for k, v := range forgedHeaders {
		headers = append(headers, k, v)
	}
	ctx = metadata.AppendToOutgoingContext(ctx, headers...)
	_, err := ptraceotlp.NewGRPCClient(conn).Export(ctx, ptraceotlp.NewExportRequestFromTraces(forged()))
	return status.Code(err)
}

func (h *house) sendHTTP(t *testing.T, headers ...string) int {
	return sendOTLP(t, h.otlpHTTP, headers...)
}

func sendOTLP(t *testing.T, url string, headers ...string) int {
	t.Helper()
	body, err := ptraceotlp.NewExportRequestFromTraces(forged()).MarshalProto()
	require.NoError(t, err)
	return post(t, url, "application/x-protobuf", body, headers...)
}

func (h *house) sendEvent(t *testing.T, headers ...string) int {
	t.Helper()
	body := `{"schema":"watchllm.events/1","resource":{"watchllm.tenant.id":"evil"},"tenant":"evil","events":[
		{"id":"1","type":"llm.call","tenant_id":"evil","attributes":{"watchllm.tenant.id":"evil"},"watchllm.project.id":"evil"}]}`
	return post(t, h.events, "application/json", []byte(body), headers...)
}

func post(t *testing.T, url, contentType string, body []byte, headers ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	for k, v := range forgedHeaders {
		req.Header.Set(k, v)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	return resp.StatusCode
}

// eventually waits until the authenticator has read the last change of the file.
func (h *house) eventually(t *testing.T, key apikey.Key, want codes.Code) {
	t.Helper()
	require.Eventually(t, func() bool { return h.sendGRPC(t, "x-api-key", key.Reveal()) == want }, 20*time.Second, 10*time.Millisecond)
	h.sink.Reset()
}

func TestEveryDoor(t *testing.T) {
	h := open(t)
	require.Equal(t, codes.Unauthenticated, h.sendGRPC(t), "before there are keys nobody gets in")
	require.Equal(t, 401, h.sendHTTP(t))
	require.Equal(t, 401, h.sendEvent(t))

	now := time.Now()
	create := func(r apikey.Record, at time.Time) apikey.Key {
		key, _, err := apikey.Create(h.keysFile, r, at)
		require.NoError(t, err)
		return key
	}
	sender := apikey.Record{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}
	reader, short := sender, sender
	reader.Roles = []tenancy.Role{tenancy.RoleRead}
	short.ExpiresAt = now.Add(-time.Minute)
	expired := create(short, now.Add(-time.Hour))
	revoked := create(sender, now)
	_, err := apikey.Revoke(h.keysFile, revoked.ID(), now)
	require.NoError(t, err)
	readOnly := create(reader, now)
	good := create(sender, now)
	stranger, err := apikey.New()
	require.NoError(t, err)
	h.eventually(t, good, codes.OK)

	for name, c := range map[string]struct {
		headers     []string
		grpc        codes.Code
		http, event int
	}{
		"no key":    {nil, codes.Unauthenticated, 401, 401},
		"nonsense":  {[]string{"X-API-Key", "hello"}, codes.Unauthenticated, 401, 403},
		"wrong key": {[]string{"X-API-Key", stranger.Reveal()}, codes.Unauthenticated, 401, 403},
		"revoked":   {[]string{"X-API-Key", revoked.Reveal()}, codes.Unauthenticated, 401, 403},
		"expired":   {[]string{"Authorization", "Bearer " + expired.Reveal()}, codes.Unauthenticated, 401, 403},
		"read only": {[]string{"Authorization", "Bearer " + readOnly.Reveal()}, codes.PermissionDenied, 403, 403},
		"two keys":  {[]string{"X-API-Key", good.Reveal(), "X-API-Key", stranger.Reveal()}, codes.Unauthenticated, 401, 403},
		"bearer":    {[]string{"authorization", "bearer " + good.Reveal()}, codes.OK, 200, 202},
		"X-API-Key": {[]string{"x-api-key", good.Reveal()}, codes.OK, 200, 202},
	} {
		t.Run(name, func(t *testing.T) {
			h.sink.Reset()
			require.Equal(t, c.grpc, h.sendGRPC(t, c.headers...))
			require.Equal(t, c.grpc, sendOver(t, h.grpcAuth, c.headers...))
			require.Equal(t, c.http, h.sendHTTP(t, c.headers...))
			require.Equal(t, c.http, sendOTLP(t, h.otlpAuth, c.headers...))
			require.Equal(t, c.event, h.sendEvent(t, c.headers...))
			if c.grpc != codes.OK {
				require.Empty(t, h.sink.AllTraces())
				return
			}
			require.Len(t, h.sink.AllTraces(), 5)
			for _, td := range h.sink.AllTraces() {
				requireOnlyTenant(t, td, "acme", "shop")
			}
		})
	}

	_, err = apikey.Revoke(h.keysFile, good.ID(), time.Now().Add(-time.Second))
	require.NoError(t, err)
	h.eventually(t, good, codes.Unauthenticated)
	require.Equal(t, 401, h.sendHTTP(t, "X-API-Key", good.Reveal()), "a revoked key is out within moments, on every transport")
	require.Equal(t, 403, h.sendEvent(t, "X-API-Key", good.Reveal()))
}

// requireOnlyTenant checks that the key's identity is on the resource and no other anywhere but in what is kept as native.
func requireOnlyTenant(t *testing.T, td ptrace.Traces, tenant, project string) {
	t.Helper()
	for _, rs := range td.ResourceSpans().All() {
		gotTenant, gotProject := tenancy.FromResource(rs.Resource().Attributes())
		require.Equal(t, [2]string{tenant, project}, [2]string{gotTenant, gotProject})
		for _, ss := range rs.ScopeSpans().All() {
			maps := []map[string]any{ss.Scope().Attributes().AsRaw()}
			for _, s := range ss.Spans().All() {
				maps = append(maps, s.Attributes().AsRaw())
				for _, e := range s.Events().All() {
					maps = append(maps, e.Attributes().AsRaw())
				}
				for _, l := range s.Links().All() {
					maps = append(maps, l.Attributes().AsRaw())
				}
			}
			for _, m := range maps {
				require.NotContains(t, m, "watchllm.tenant.id")
				require.NotContains(t, m, "watchllm.project.id")
			}
		}
	}
}

func TestWithoutAuthenticatorNothingIsTakenForGranted(t *testing.T) {
	factory := llmtenantprocessor.NewFactory()
	cfg := factory.CreateDefaultConfig()
	unmarshal(t, map[string]any{"require_identity": true}, cfg)
	sink := new(consumertest.TracesSink)
	tenant, err := factory.CreateTraces(context.Background(), processortest.NewNopSettings(factory.Type()), cfg, sink)
	require.NoError(t, err)
	run(t, tenant, componenttest.NewNopHost())
	otlp := otlpreceiver.NewFactory()
	c := otlp.CreateDefaultConfig()
	address := freeAddress(t)
	unmarshal(t, map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": address}}}, c)
	r, err := otlp.CreateTraces(context.Background(), receivertest.NewNopSettings(otlp.Type()), c, tenant)
	require.NoError(t, err)
	run(t, r, componenttest.NewNopHost())
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	h := &house{otlpHTTP: "http://" + address + "/v1/traces"}
	require.Equal(t, 401, h.sendHTTP(t, "X-API-Key", "anything"))
	require.Empty(t, sink.AllTraces())
}
