package apikeyauthextension

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/introspect"
	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/apikey"
)

func load(t *testing.T, name string) *Config {
	t.Helper()
	cm, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	sub, err := cm.Sub(component.NewIDWithName(metadata.Type, name).String())
	require.NoError(t, err)
	cfg := NewFactory().CreateDefaultConfig().(*Config)
	require.NoError(t, sub.Unmarshal(cfg))
	return cfg
}

func TestConfigValid(t *testing.T) {
	cfg := load(t, "file")
	require.NoError(t, confmap.Validate(cfg))
	want := createDefaultConfig().(*Config)
	want.KeysFile, want.ReloadInterval = ".watchllm/keys.yaml", 10*time.Second
	require.Equal(t, want, cfg)
	require.Equal(t, []string{"x_api_key", "bearer", "basic", "datadog", "sentry", "helicone"}, cfg.Schemes)
	require.Equal(t, ".watchllm/keys.yaml.last-used", cfg.lastUsedFile())

	cfg = load(t, "inline")
	require.NoError(t, confmap.Validate(cfg))
	require.Equal(t, []string{"bearer"}, cfg.Schemes)
	require.Equal(t, []KeyConfig{{
		ID: "aaaaaaaaaaaa", Hash: configopaque.String("sha256:" + strings.Repeat("ab", 32)), Tenant: "acme", Project: "shop",
		Roles: []string{"ingest", "read"}, Plan: "pro", Name: "checkout",
		CreatedAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC),
	}}, cfg.Keys)
	require.NotContains(t, fmt.Sprint(*cfg), "abab", "hashes are not printed")
	require.Empty(t, cfg.lastUsedFile(), "without a keys file there is no place beside it")

	cfg = load(t, "full")
	require.NoError(t, confmap.Validate(cfg))
	require.Equal(t, "/var/lib/watchllm/last-used", cfg.lastUsedFile())
	want = createDefaultConfig().(*Config)
	in := introspect.NewDefaultConfig()
	in.HTTP.Endpoint, in.HTTP.Timeout, in.ForeignTokens, in.MaxInFlight = "https://login.example/oauth2/introspect", 500*time.Millisecond, true, 8
	in.HTTP.Headers.Set("Authorization", "Basic Y29sbGVjdG9yOnNlY3JldA==")
	in.Cache = introspect.CacheConfig{MaxEntries: 100, TTL: 5 * time.Minute, NegativeTTL: time.Minute, Grace: time.Hour}
	in.Breaker = introspect.BreakerConfig{Failures: 3, CoolDown: 30 * time.Second}
	in.Claims = introspect.ClaimsConfig{Tenant: "org", Project: "team", Roles: "permissions", KeyID: "client_id", Plan: "tier"}
	want.KeysFile, want.Schemes, want.Role = "/etc/watchllm/keys.yaml", []string{"bearer", "sentry"}, "ingest"
	want.LastUsed = LastUsedConfig{File: "/var/lib/watchllm/last-used", Interval: 10 * time.Minute}
	want.RefusedAttempts = RefusedAttemptsConfig{Limit: 20, Window: 5 * time.Minute}
	want.Introspection = configoptional.Some(in)
	require.Equal(t, want, cfg)

	cfg = load(t, "only_introspection")
	require.NoError(t, confmap.Validate(cfg))
	require.Equal(t, 2*time.Second, cfg.Introspection.Get().HTTP.Timeout, "the rest has its default")
	require.Empty(t, cfg.lastUsedFile())
}

// What a variable holds is a key, and an empty variable is no key.
func TestConfigKeyFromTheEnvironment(t *testing.T) {
	key, err := apikey.New()
	require.NoError(t, err)
	cfg := load(t, "from_environment")
	for text, want := range map[string]string{
		key.Reveal():           "",
		"":                     "keys[0].hash: is empty and so is key",
		mistyped(key.Reveal()): "keys[0].key: mistyped or cut API key",
	} {
		cfg.Keys[0].Key = configopaque.String(text) // as the collector expands ${env:...}
		err := confmap.Validate(cfg)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), key.Reveal()[20:40])
	}
}

func TestConfigInvalid(t *testing.T) {
	for name, wants := range map[string][]string{
		"empty":      {"watchllmctl keys create"},
		"interval":   {"reload_interval: 1ms is too short; use 10ms or more"},
		"schemes":    {`schemes[1]: "cookie" is not known; use x_api_key, bearer, basic, datadog, sentry, helicone`},
		"no_schemes": {"schemes: is empty"},
		"bad_keys": {
			`keys[0].id: "short" is not a key id`, "keys[0].project: is missing",
			"keys[1].hash: a hash is sha256:", `keys[2].roles: "owner" is not a role`,
		},
		"bad_secrets": {
			"keys[0].hash: is empty and so is key; copy the hash", "keys[1].key: not a WatchLLM API key", "keys[2].key: stands beside id or hash",
		},
		"bad_introspection": {
			"introspection: endpoint: is empty; set the URL", "timeout: 0s is too short; use 1ms or more", "max_in_flight: 0 is too small; use 1",
			"cache::ttl: 1ms is too short; use 1s", "cache::negative_ttl: 0s", "cache::grace: -1s is too short; use 0s",
			"cache::max_entries: 0 is too small", "breaker::failures: 0", "breaker::cool_down: 0s",
			"claims::tenant: is empty", "claims::roles: is empty",
		},
		"clear_text": {`introspection: endpoint: "http://login.example/introspect" would send keys in clear text; use https`},
		"no_url":     {`introspection: endpoint: "login.example" is not a URL with a host`},
		"bad_bounds": {
			`role: "owner" is not a role; use ingest, read, admin or billing, or leave it out`, "last_used::interval: 0s is too short; use 10ms or more",
			"refused_attempts::limit: -1 is negative; use 0",
		},
		"bad_window": {"refused_attempts::window: 1ms is too short; use 1s"},
		"same_id":    {`keys: two keys have the id "aaaaaaaaaaaa"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := confmap.Validate(load(t, name))
			for _, want := range wants {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

// A misspelt bound of the introspection is refused by name, not ignored.
func TestConfigMisspelt(t *testing.T) {
	for key, conf := range map[string]map[string]any{
		"negativ_ttl": {"introspection": map[string]any{"endpoint": "https://login.example", "cache": map[string]any{"negativ_ttl": "1s"}}},
		"graze":       {"introspection": map[string]any{"graze": "1s"}},
		"intervall":   {"last_used": map[string]any{"intervall": "1s"}},
	} {
		require.ErrorContains(t, confmap.NewFromStringMap(conf).Unmarshal(createDefaultConfig()), `unknown key "`+key+`"; known are `)
	}
}
