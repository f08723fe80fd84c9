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
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/extension/apikeyauthextension/internal/metadata"
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
		"same_id": {`keys: two keys have the id "aaaaaaaaaaaa"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := confmap.Validate(load(t, name))
			for _, want := range wants {
				require.ErrorContains(t, err, want)
			}
		})
	}
}
