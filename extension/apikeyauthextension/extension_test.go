package apikeyauthextension

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	own "github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadatatest"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const (
	wait = 10 * time.Second
	tick = 5 * time.Millisecond
)

// statusHost remembers what the extension reports.
type statusHost struct {
	component.Host
	mu     sync.Mutex
	events []*componentstatus.Event
}

func (h *statusHost) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *statusHost) last() componentstatus.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return componentstatus.StatusNone
	}
	return h.events[len(h.events)-1].Status()
}

type fixture struct {
	path string
	ext  *apiKeyAuth
	host *statusHost
	tel  *componenttest.Telemetry
}

func start(t *testing.T, path string, edit func(*Config)) *fixture {
	t.Helper()
	f := &fixture{path: path, host: &statusHost{Host: componenttest.NewNopHost()}, tel: componenttest.NewTelemetry()}
	set := extensiontest.NewNopSettings(own.Type)
	set.TelemetrySettings = f.tel.NewTelemetrySettings()
	cfg := createDefaultConfig().(*Config)
	cfg.KeysFile, cfg.ReloadInterval = path, minReloadInterval
	if edit != nil {
		edit(cfg)
	}
	ext, err := NewFactory().Create(context.Background(), set, cfg)
	require.NoError(t, err)
	f.ext = ext.(*apiKeyAuth)
	require.NoError(t, ext.Start(context.Background(), f.host))
	t.Cleanup(func() {
		require.NoError(t, ext.Shutdown(context.Background()))
		require.NoError(t, ext.Shutdown(context.Background()), "twice is fine")
		require.NoError(t, f.tel.Shutdown(context.Background()))
	})
	return f
}

func (f *fixture) try(key string) error {
	_, err := f.ext.Authenticate(context.Background(), map[string][]string{"X-Api-Key": {key}})
	return err
}

func create(t *testing.T, path string, edit func(*apikey.Record)) apikey.Key {
	t.Helper()
	r := apikey.Record{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}
	if edit != nil {
		edit(&r)
	}
	key, _, err := apikey.Create(path, r, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	return key
}

func TestHeaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key := create(t, path, nil)
	other := create(t, path, nil).Reveal()
	good := key.Reveal()
	f := start(t, path, nil)
	want := tenancy.Identity{Tenant: "acme", Project: "shop", KeyID: key.ID(), Roles: []tenancy.Role{tenancy.RoleIngest}}

	for name, c := range map[string]struct {
		headers map[string][]string
		refused *refusal
	}{
		"HTTP":        {http.Header{"X-Api-Key": {good}}, nil},
		"gRPC":        {metadata.Pairs("authorization", "Bearer "+good), nil},
		"spaces":      {http.Header{"Authorization": {"Bearer   " + good + " "}}, nil},
		"Sentry":      {http.Header{"X-Sentry-Auth": {"Sentry sentry_key=" + good}}, nil},
		"no headers":  {nil, refuseMissing},
		"basic only":  {http.Header{"Authorization": {"Basic eDp5"}}, refuseMissing},
		"empty key":   {http.Header{"X-Api-Key": {""}}, refusals[apikey.VerdictMalformed]},
		"mistyped":    {http.Header{"X-Api-Key": {mistyped(good)}}, refusals[apikey.VerdictChecksum]},
		"two keys":    {metadata.Pairs("x-api-key", good, "x-api-key", other), refuseAmbiguous},
		"two bearers": {http.Header{"Authorization": {"Bearer " + good, "Bearer " + other}}, refuseAmbiguous},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, err := f.ext.Authenticate(context.Background(), c.headers)
			id, ok := tenancy.FromContext(ctx)
			if c.refused != nil {
				require.Equal(t, c.refused, err)
				require.False(t, ok)
				return
			}
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, want, id)
		})
	}
}

func mistyped(key string) string {
	if key[66] == '0' {
		return key[:66] + "1"
	}
	return key[:66] + "0"
}

func TestRefusals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	create(t, path, nil)
	expired := create(t, path, func(r *apikey.Record) { r.ExpiresAt = time.Now().Add(-time.Minute) })
	revoked := create(t, path, nil)
	_, err := apikey.Revoke(path, revoked.ID(), time.Now().Add(-time.Second))
	require.NoError(t, err)
	stranger, err := apikey.New()
	require.NoError(t, err)
	f := start(t, path, nil)

	for _, c := range []struct{ key, reason, code string }{
		{"sk-1234", "malformed", "API_KEY_INVALID"},
		{mistyped(stranger.Reveal()), "checksum", "API_KEY_INVALID"},
		{stranger.Reveal(), "unknown", "API_KEY_INVALID"},
		{expired.Reveal(), "expired", "API_KEY_EXPIRED"},
		{revoked.Reveal(), "revoked", "API_KEY_REVOKED"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			err := f.try(c.key)
			require.Error(t, err)
			require.NotContains(t, err.Error(), c.key)
			s, ok := status.FromError(err)
			require.True(t, ok)
			require.Equal(t, codes.Unauthenticated, s.Code())
			require.Len(t, s.Details(), 1)
			info := s.Details()[0].(*errdetails.ErrorInfo)
			require.Equal(t, c.code, info.Reason)
			require.Equal(t, "watchllm", info.Domain)
		})
	}
	require.Error(t, f.try(""))
	_, err = f.ext.Authenticate(context.Background(), nil)
	require.ErrorIs(t, err, refuseMissing)

	points := []metricdata.DataPoint[int64]{}
	for reason, n := range map[string]int64{"malformed": 2, "checksum": 1, "unknown": 1, "expired": 1, "revoked": 1, "missing": 1} {
		points = append(points, metricdata.DataPoint[int64]{Value: n, Attributes: attribute.NewSet(attribute.String("result", "refused"), attribute.String("reason", reason))})
	}
	metadatatest.AssertEqualExtensionAPIKeyAuthRequests(t, f.tel, points, metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualExtensionAPIKeyAuthKeys(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("state", "active"))},
		{Value: 1, Attributes: attribute.NewSet(attribute.String("state", "expired"))},
		{Value: 1, Attributes: attribute.NewSet(attribute.String("state", "revoked"))},
	}, metricdatatest.IgnoreTimestamp())
}

func TestKeysFileAppearsLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	f := start(t, path, nil)
	require.Equal(t, componentstatus.StatusRecoverableError, f.host.last())
	stranger, err := apikey.New()
	require.NoError(t, err)
	require.ErrorIs(t, f.try(stranger.Reveal()), refuseNoKeys)
	_, err = f.ext.Authenticate(context.Background(), nil)
	require.ErrorContains(t, err, "watchllmctl keys create")

	key := create(t, path, nil)
	require.Eventually(t, func() bool { return f.try(key.Reveal()) == nil }, wait, tick)
	require.Eventually(t, func() bool { return f.host.last() == componentstatus.StatusOK }, wait, tick)
}

func TestHotReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	first := create(t, path, nil)
	f := start(t, path, nil)
	require.NoError(t, f.try(first.Reveal()))

	second := create(t, path, nil)
	require.Eventually(t, func() bool { return f.try(second.Reveal()) == nil }, wait, tick, "a new key works")

	_, err := apikey.Revoke(path, first.ID(), time.Now())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errors.Is(f.try(first.Reveal()), refusals[apikey.VerdictRevoked]) }, wait, tick)

	good, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("keys:\n  - id: broken\n"), 0o600))
	require.Eventually(t, func() bool { return f.host.last() == componentstatus.StatusRecoverableError }, wait, tick)
	require.NoError(t, f.try(second.Reveal()), "a bad file takes nothing away")

	require.NoError(t, os.WriteFile(path, good, 0o600))
	require.Eventually(t, func() bool { return f.host.last() == componentstatus.StatusOK }, wait, tick)
	require.NoError(t, os.Remove(path))
	require.Eventually(t, func() bool { return f.host.last() == componentstatus.StatusRecoverableError }, wait, tick)
	require.NoError(t, f.try(second.Reveal()), "a removed file takes nothing away")

	require.NoError(t, os.WriteFile(path, []byte("keys: []\n"), 0o600))
	require.Eventually(t, func() bool { return errors.Is(f.try(second.Reveal()), refuseNoKeys) }, wait, tick)

	m, err := f.tel.GetMetric("otelcol_extension_api_key_auth_reloads")
	require.NoError(t, err)
	require.Len(t, m.Data.(metricdata.Sum[int64]).DataPoints, 2, "applied and refused")
}

func TestInlineKeysAndSchemes(t *testing.T) {
	key, err := apikey.New()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "keys.yaml")
	fromFile := create(t, path, nil)
	inline := func(c *Config) {
		c.Schemes = []string{"bearer"}
		c.Keys = []KeyConfig{{ID: key.ID(), Hash: configHash(key), Tenant: "acme", Project: "shop", Roles: []string{"read"}}}
	}
	f := start(t, path, inline)
	for _, k := range []apikey.Key{key, fromFile} {
		_, err := f.ext.Authenticate(context.Background(), map[string][]string{"authorization": {"Bearer " + k.Reveal()}})
		require.NoError(t, err)
	}
	require.ErrorIs(t, f.try(key.Reveal()), refuseMissing, "X-API-Key is not among the schemes")

	alone := start(t, "", inline)
	_, err = alone.ext.Authenticate(context.Background(), map[string][]string{"authorization": {"Bearer " + key.Reveal()}})
	require.NoError(t, err)
	require.Equal(t, componentstatus.StatusNone, alone.host.last(), "there is no file to report on")
}

func TestFileMayNotRedefineAnInlineKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key := create(t, path, nil)
	f := start(t, path, func(c *Config) {
		c.Keys = []KeyConfig{{ID: key.ID(), Hash: configHash(key), Tenant: "inline", Project: "shop", Roles: []string{"read"}}}
	})
	require.Equal(t, componentstatus.StatusRecoverableError, f.host.last())
	ctx, err := f.ext.Authenticate(context.Background(), map[string][]string{"x-api-key": {key.Reveal()}})
	require.NoError(t, err)
	id, _ := tenancy.FromContext(ctx)
	require.Equal(t, "inline", id.Tenant)
}

func TestReloadUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	steady := create(t, path, nil)
	f := start(t, path, nil)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := f.try(steady.Reveal()); err != nil {
					assert.NoError(t, err)
					return
				}
			}
		})
	}
	var last apikey.Key
	for range 20 {
		last = create(t, path, nil)
	}
	require.Eventually(t, func() bool { return f.try(last.Reveal()) == nil }, wait, tick)
	cancel()
	wg.Wait()
}

func TestServerAuthenticator(t *testing.T) {
	var _ extensionauth.Server = start(t, filepath.Join(t.TempDir(), "none.yaml"), nil).ext
}

func configHash(k apikey.Key) configopaque.String { return configopaque.String(k.Hash().String()) }
