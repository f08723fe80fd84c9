package apikeyauthextension

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	own "github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// login is an introspection server that knows one key, and can be shut.
type login struct {
	*httptest.Server
	key    string
	closed atomic.Bool
	asked  atomic.Int64
}

func newLogin(t *testing.T) *login {
	t.Helper()
	key, err := apikey.New()
	require.NoError(t, err)
	l := &login{key: key.Reveal()}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		if l.closed.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if token := r.FormValue("token"); token == l.key || token == "opaque" {
			_, _ = fmt.Fprint(w, `{"active":true,"tenant":"login","project":"p","scope":"ingest"}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"active":false}`)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *login) config(edit func(*introspect.Config)) func(*Config) {
	return func(c *Config) {
		in := introspect.NewDefaultConfig()
		in.HTTP.Endpoint = l.URL
		if edit != nil {
			edit(&in)
		}
		c.Introspection = configoptional.Some(in)
	}
}

// count returns how often a request ended for the reason.
func (f *fixture) count(t *testing.T, why reason) (n int64) {
	t.Helper()
	m, err := f.tel.GetMetric("otelcol_extension_api_key_auth_requests")
	require.NoError(t, err)
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if v, _ := p.Attributes.Value(attribute.Key("reason")); v.AsString() == string(why) {
			n += p.Value
		}
	}
	return n
}

func TestIntrospection(t *testing.T) {
	l := newLogin(t)
	path := filepath.Join(t.TempDir(), "keys.yaml")
	local := create(t, path, nil)
	f := start(t, path, l.config(nil))

	ctx, err := f.ext.Authenticate(context.Background(), map[string][]string{"x-api-key": {" " + l.key}})
	require.NoError(t, err)
	id, _ := tenancy.FromContext(ctx)
	require.Equal(t, tenancy.Identity{Tenant: "login", Project: "p", KeyID: l.key[5:17], Roles: []tenancy.Role{tenancy.RoleIngest}}, id)
	require.NoError(t, f.try(l.key))
	require.NoError(t, f.try(local.Reveal()))
	require.EqualValues(t, 1, l.asked.Load(), "keys at hand and remembered ones cost no question")

	stranger, err := apikey.New()
	require.NoError(t, err)
	for _, key := range []string{"hello", mistyped(l.key), "opaque"} {
		require.Error(t, f.try(key))
	}
	require.EqualValues(t, 1, l.asked.Load(), "what is no key of ours does not leave the collector")
	require.ErrorIs(t, f.try(stranger.Reveal()), refusals[apikey.VerdictUnknown])
	require.EqualValues(t, 2, l.asked.Load())

	revoked := create(t, path, nil)
	_, err = apikey.Revoke(path, revoked.ID(), time.Now())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errors.Is(f.try(revoked.Reveal()), refusals[apikey.VerdictRevoked]) }, wait, tick, "the file has the last word on its own keys")

	// The server falls silent: who was in stays in, who was not gets "try again" and no entrance.
	l.closed.Store(true)
	require.NoError(t, f.try(l.key))
	for i := range 6 {
		another, err := apikey.New()
		require.NoError(t, err)
		err = f.try(another.Reveal())
		require.Equal(t, codes.Unavailable, status.Code(err), i)
		require.IsType(t, &errdetails.RetryInfo{}, status.Convert(err).Details()[1])
	}
	require.Equal(t, componentstatus.StatusRecoverableError, f.host.last())
	require.EqualValues(t, 6, f.count(t, reasonUnavailable))
	require.NoError(t, f.try(local.Reveal()))
}

func TestIntrospectionAlone(t *testing.T) {
	l := newLogin(t)
	f := start(t, "", l.config(func(c *introspect.Config) { c.ForeignTokens = true }))
	require.NoError(t, f.try(l.key))
	require.NoError(t, f.try("opaque"), "tokens of others count where that is configured")
	asked := l.asked.Load()
	for _, key := range []string{"", mistyped(l.key), "wllm_cut", strings.Repeat("x", maxForeignToken+1)} {
		require.Equal(t, codes.Unauthenticated, status.Code(f.try(key)), key)
	}
	require.Equal(t, asked, l.asked.Load(), "a mistyped key of ours is no token of somebody else's")
	require.ErrorIs(t, f.try("other"), refusals[apikey.VerdictUnknown])
	_, err := f.ext.Authenticate(context.Background(), nil)
	require.ErrorIs(t, err, refuseMissing)
}

func TestIntrospectionNeedsItsAuthenticator(t *testing.T) {
	id := component.MustNewID("oauth2client")
	cfg := createDefaultConfig().(*Config)
	newLogin(t).config(func(c *introspect.Config) {
		c.HTTP.Auth = configoptional.Some(configauth.Config{AuthenticatorID: id})
	})(cfg)
	ext, err := newExtension(extensiontest.NewNopSettings(own.Type), cfg)
	require.NoError(t, err)
	require.Equal(t, []component.ID{id}, ext.Dependencies())
	require.ErrorContains(t, ext.Start(context.Background(), &statusHost{Host: noExtensions{}}), "introspection")
	require.NoError(t, ext.Shutdown(context.Background()))
}

type noExtensions struct{}

func (noExtensions) GetExtensions() map[component.ID]component.Component { return nil }

func TestAttemptsAreBounded(t *testing.T) {
	l := newLogin(t)
	path := filepath.Join(t.TempDir(), "keys.yaml")
	local := create(t, path, nil)
	expired := create(t, path, func(r *apikey.Record) { r.ExpiresAt = time.Now().Add(-time.Minute) })
	f := start(t, path, func(c *Config) {
		l.config(nil)(c)
		c.RefusedAttempts = RefusedAttemptsConfig{Limit: 5, Window: time.Hour}
	})
	from := func(address, key string) error {
		ctx := client.NewContext(context.Background(), client.Info{Addr: ip(address)})
		_, err := f.ext.Authenticate(ctx, map[string][]string{"x-api-key": {key}})
		return err
	}
	for range 20 {
		require.ErrorIs(t, from("10.0.0.1", expired.Reveal()), refusals[apikey.VerdictExpired], "who holds a whole key does not guess")
	}
	for i := range 50 {
		guess, err := apikey.New()
		require.NoError(t, err)
		err = from("10.0.0.1", guess.Reveal())
		if i < 5 {
			require.ErrorIs(t, err, refusals[apikey.VerdictUnknown])
			continue
		}
		require.Equal(t, codes.ResourceExhausted, status.Code(err))
		require.NotContains(t, err.Error(), guess.ID())
	}
	require.EqualValues(t, 5, l.asked.Load(), "the introspection server is left alone")
	require.EqualValues(t, 45, f.count(t, reasonThrottled))
	require.Equal(t, codes.ResourceExhausted, status.Code(from("10.0.0.1", "hello")))
	require.Equal(t, codes.ResourceExhausted, status.Code(from("10.0.0.1", l.key)), "nobody can tell it from a guess without asking")
	require.NoError(t, from("10.0.0.2", l.key))
	require.NoError(t, from("10.0.0.1", l.key), "this one is known now")
	require.NoError(t, from("10.0.0.1", local.Reveal()), "a valid key works from everywhere")
	require.ErrorIs(t, from("10.0.0.2", "hello"), refusals[apikey.VerdictMalformed])

	// One client with one wrong key, however often it sends it, does not keep its neighbours behind a proxy out.
	broken, err := apikey.New()
	require.NoError(t, err)
	for range 100 {
		require.Error(t, from("10.0.0.3", broken.Reveal()))
		require.Error(t, from("10.0.0.3", mistyped(broken.Reveal())))
	}
	require.Equal(t, codes.ResourceExhausted, status.Code(from("10.0.0.3", broken.Reveal())))
	asked := l.asked.Load()
	stranger, err := apikey.New()
	require.NoError(t, err)
	require.Error(t, from("10.0.0.3", stranger.Reveal()))
	require.Equal(t, asked+1, l.asked.Load())
}

func TestRoleAtTheDoor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	keys := map[tenancy.Role]apikey.Key{}
	for _, r := range tenancy.Roles {
		keys[r] = create(t, path, func(rec *apikey.Record) { rec.Roles = []tenancy.Role{r} })
	}
	for _, needed := range tenancy.Roles {
		f := start(t, path, func(c *Config) { c.Role = string(needed); c.LastUsed.File = lastUsedOff })
		for has, key := range keys {
			err := f.try(key.Reveal())
			if has == needed || has == tenancy.RoleAdmin {
				require.NoError(t, err, "%s for %s", has, needed)
				continue
			}
			require.Equal(t, codes.PermissionDenied, status.Code(err), "%s for %s", has, needed)
		}
		refused := int64(len(tenancy.Roles) - 2)
		if needed == tenancy.RoleAdmin {
			refused++
		}
		require.Equal(t, refused, f.count(t, reasonWrongRole))
	}
	require.NoFileExists(t, apikey.UsageFile(path))
}

func TestRoleBehindTheDoorIsCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key := create(t, path, nil)
	f := start(t, path, nil)
	ctx, err := f.ext.Authenticate(context.Background(), map[string][]string{"x-api-key": {key.Reveal()}})
	require.NoError(t, err)
	_, err = tenancy.Authorize(ctx, tenancy.RoleBilling)
	require.Error(t, err)
	require.EqualValues(t, 1, f.count(t, reasonWrongRole))
	require.EqualValues(t, 1, f.count(t, reasonOK))
}

func TestKeyFromTheEnvironment(t *testing.T) {
	key, err := apikey.New()
	require.NoError(t, err)
	f := start(t, "", func(c *Config) {
		c.Keys = []KeyConfig{{Key: configopaque.String(key.Reveal()), Tenant: "acme", Project: "shop", Roles: []string{"read"}}}
	})
	require.NoError(t, f.try(key.Reveal()))
	require.NotContains(t, fmt.Sprintf("%+v", *f.ext.cfg), key.Reveal()[18:])
}

func TestLastUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	used, unused := create(t, path, nil), create(t, path, nil)
	begin := time.Now().Truncate(time.Second)
	quick := func(c *Config) { c.LastUsed.Interval = minFlushInterval }
	f := start(t, path, quick)
	require.NoError(t, f.try(used.Reveal()))
	require.Error(t, f.try(mistyped(unused.Reveal())))
	read := func() map[string]time.Time {
		all, err := apikey.LoadUsage(apikey.UsageFile(path))
		require.NoError(t, err)
		return all
	}
	require.Eventually(t, func() bool { return len(read()) == 1 }, wait, tick)
	at := read()[used.ID()]
	require.WithinRange(t, at, begin, time.Now())

	// A reload keeps the memory, an ordinary end writes it, and the next start does not lose it.
	lazy := start(t, path, nil)
	third := create(t, path, nil)
	require.Eventually(t, func() bool { return lazy.try(third.Reveal()) == nil }, wait, tick)
	require.NotContains(t, read(), third.ID(), "a minute is not over")
	require.NoError(t, lazy.ext.Shutdown(context.Background()))
	require.Contains(t, read(), third.ID())
	require.Equal(t, at, read()[used.ID()])
}

func TestLastUseThatCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys.yaml")
	key := create(t, path, nil)
	blocked := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	f := start(t, path, func(c *Config) {
		c.LastUsed = LastUsedConfig{File: filepath.Join(blocked, "x"), Interval: minFlushInterval}
	})
	require.NoError(t, f.try(key.Reveal()))
	require.Eventually(t, func() bool {
		m, err := f.tel.GetMetric("otelcol_extension_api_key_auth_last_used_failures")
		return err == nil && m.Data.(metricdata.Sum[int64]).DataPoints[0].Value > 1
	}, wait, tick)
	require.NoError(t, f.try(key.Reveal()), "keys work all the same")
}

func TestEverythingAtOnce(t *testing.T) {
	l := newLogin(t)
	path := filepath.Join(t.TempDir(), "keys.yaml")
	steady := create(t, path, nil)
	f := start(t, path, func(c *Config) {
		l.config(nil)(c)
		c.LastUsed.Interval = minFlushInterval
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			peer := client.NewContext(ctx, client.Info{Addr: ip(fmt.Sprint("10.0.0.", i))})
			for n := 0; ctx.Err() == nil; n++ {
				for _, key := range []string{steady.Reveal(), l.key} {
					if _, err := f.ext.Authenticate(peer, map[string][]string{"x-api-key": {key}}); err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
				}
				_, _ = f.ext.Authenticate(peer, map[string][]string{"x-api-key": {mistyped(l.key)}})
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

// What is accepted costs the two allocations of a context, what is refused none.
func TestAllocations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	key := create(t, path, nil)
	stranger, err := apikey.New()
	require.NoError(t, err)
	f := start(t, path, nil)
	for name, c := range map[string]struct {
		key  string
		most float64
	}{"accepted": {key.Reveal(), 2}, "unknown": {stranger.Reveal(), 0}, "mistyped": {mistyped(key.Reveal()), 0}, "malformed": {"x", 0}} {
		h := map[string][]string{"authorization": {"Bearer " + c.key}}
		require.LessOrEqual(t, testing.AllocsPerRun(200, func() { _, _ = f.ext.Authenticate(context.Background(), h) }), c.most, name)
	}
}
