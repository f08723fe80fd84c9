package llmeventreceiver

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
)

func loadConfig(t *testing.T, id string) (*Config, error) {
	t.Helper()
	cm, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	sub, err := cm.Sub(id)
	require.NoError(t, err)
	cfg := NewFactory().CreateDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	cfg, err := loadConfig(t, "llm_event")
	require.NoError(t, err)
	require.Equal(t, createDefaultConfig(), cfg)
	require.Equal(t, "127.0.0.1:8000", cfg.ServerConfig.NetAddr.Endpoint)

	cfg, err = loadConfig(t, "llm_event/full")
	require.NoError(t, err)
	require.Equal(t, component.MustNewID("api_key_auth"), cfg.ServerConfig.Auth.Get().Config.AuthenticatorID)
	require.Equal(t, []string{"X-API-Key", "Content-Type"}, cfg.ServerConfig.CORS.Get().AllowedHeaders)
	require.Equal(t, "llm_query", cfg.MountOn.String())
	require.EqualValues(t, 64<<20, cfg.MaxInFlightSize)
	require.EqualValues(t, 65536, cfg.MaxCompressedSize)
	require.Equal(t, [3]int{10, 65536, 4096}, [3]int{cfg.MaxEvents, cfg.MaxEventSize, cfg.MaxContentSize})

	_, err = loadConfig(t, "llm_event/bad")
	for _, want := range []string{
		"endpoint: is empty", "max_events: 0 is too small; use 1 or more", "max_event_size: 10", "max_content_size: 10", "max_compressed_size: 10 is too small; use 1024 or more",
		`compression_algorithms[1]: "snappy" is not supported; use gzip, zstd, zlib, deflate`,
		"max_in_flight_size: 67108864 is too small; use 125829120 or more, which is 6 times max_request_body_size",
	} {
		require.ErrorContains(t, err, want)
	}
	cfg, err = loadConfig(t, "llm_event/merge")
	require.NoError(t, err)
	require.Equal(t, late.Limits{Window: time.Minute, TenantBytes: 65536}, cfg.Merge.limits())
	_, err = loadConfig(t, "llm_event/merge_bad")
	for _, want := range []string{
		"merge::window: 10ms is too short; use 1s or more", "merge::max_size: -1 is too small; use 65536 or more, or 0 to remember nothing",
		"merge::max_size_per_tenant: 1024 is too small",
	} {
		require.ErrorContains(t, err, want)
	}
	_, err = loadConfig(t, "llm_event/merge_unknown")
	require.ErrorContains(t, err, `windw`)
	_, err = loadConfig(t, "llm_event/unknown")
	require.ErrorContains(t, err, `unknown key "max_evnts"; known are auth,`)
}
