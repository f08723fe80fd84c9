package llmeventreceiver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
)

// authenticator knows the key "good", "other" of another tenant, "reader" without the role to send, and nothing else.
type authenticator struct {
	component.StartFunc
	component.ShutdownFunc
}

func (authenticator) Authenticate(ctx context.Context, headers map[string][]string) (context.Context, error) {
	key := http.Header(headers).Get("X-API-Key")
	reason := "API_KEY_INVALID"
	switch key {
	case "good":
		return tenancy.NewContext(ctx, tenancy.Identity{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}), nil
	case "lab":
		return tenancy.NewContext(ctx, tenancy.Identity{Tenant: "acme", Project: "lab", Roles: []tenancy.Role{tenancy.RoleIngest}}), nil
	case "other":
		return tenancy.NewContext(ctx, tenancy.Identity{Tenant: "beta", Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}), nil
	case "reader":
		return tenancy.NewContext(ctx, tenancy.Identity{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleRead}}), nil
	case "plain":
		return ctx, errors.New("no")
	case "forbidden":
		return ctx, status.Error(codes.PermissionDenied, "not you")
	case "":
		reason = "API_KEY_MISSING"
	}
	s, err := status.New(codes.Unauthenticated, "key refused").WithDetails(&errdetails.ErrorInfo{Reason: reason})
	if err != nil {
		return ctx, err
	}
	return ctx, s.Err()
}

type extHost map[component.ID]component.Component

func (h extHost) GetExtensions() map[component.ID]component.Component { return h }

type fixture struct {
	url    string
	traces consumertest.TracesSink
	logs   consumertest.LogsSink
	tel    *componenttest.Telemetry
}

type options struct {
	edit         func(*Config)
	traces       consumer.Traces
	noTraces     bool
	noLogs, auth bool
	extensions   extHost
}

func start(t *testing.T, o options) *fixture {
	t.Helper()
	f := &fixture{tel: componenttest.NewTelemetry()}
	cfg := createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint = freeAddress(t)
	host := extHost{}
	maps.Copy(host, o.extensions)
	if o.auth {
		id := component.MustNewID("test_auth")
		if host[id] == nil {
			host[id] = authenticator{}
		}
		cfg.ServerConfig.Auth = configoptional.Some(confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: id}, RequestParameters: []string{"X-Api-Key"}})
	}
	if o.edit != nil {
		o.edit(cfg)
	}
	set := receivertest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type) // that of a test is another each time, and storage goes by it
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	factory := NewFactory()
	var parts []component.Component
	if !o.noTraces {
		next := o.traces
		if next == nil {
			next = &f.traces
		}
		r, err := factory.CreateTraces(context.Background(), set, cfg, next)
		require.NoError(t, err)
		parts = append(parts, r)
	}
	if !o.noLogs {
		r, err := factory.CreateLogs(context.Background(), set, cfg, &f.logs)
		require.NoError(t, err)
		parts = append(parts, r)
	}
	for _, p := range parts {
		require.NoError(t, p.Start(context.Background(), host))
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		for _, p := range parts {
			require.NoError(t, p.Shutdown(context.Background()))
		}
		require.NoError(t, f.tel.Shutdown(context.Background()))
	})
	f.url = "http://" + cfg.ServerConfig.NetAddr.Endpoint
	return f
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

type answer struct {
	status int
	header http.Header
	text   string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.text), &out), a.text)
	return out
}

func (f *fixture) post(t *testing.T, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, f.url+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-API-Key", "good")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

const (
	seedEvent   = `{"eventId":"e-1","projectId":"shop","type":"token_usage","timestamp":"2026-11-23T10:00:00","sdk":{"name":"watchllm-python","version":"1"},"context":null,"body":{"model":"gpt-4o","inputTokens":1,"outputTokens":2}}`
	nativeEvent = `{"id":"n-1","type":"llm.call","time":"2026-11-23T10:00:00Z","model":"gpt-4o","usage":{"input_tokens":1}}`
)
