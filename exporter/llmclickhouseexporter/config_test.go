package llmclickhouseexporter

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/metadata"
)

func loadConfig(t *testing.T, name string) (*Config, error) {
	cm, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	sub, err := cm.Sub(component.NewIDWithName(metadata.Type, name).String())
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return cfg, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestDefaultConfig(t *testing.T) {
	cfg, err := loadConfig(t, "")
	require.NoError(t, err)
	require.Equal(t, createDefaultConfig(), cfg)
	require.Zero(t, cfg.RetryConfig.MaxElapsedTime, "a batch is never given up")
	require.True(t, cfg.QueueConfig.HasValue())
}

func TestEverySetting(t *testing.T) {
	cfg, err := loadConfig(t, "all")
	require.NoError(t, err)
	require.Equal(t, "https://ch-1:8443,ch-2:8443", cfg.Endpoint)
	require.Equal(t, "/etc/watchllm/clickhouse-password", cfg.PasswordFile)
	require.Equal(t, "main", cfg.Cluster)
	require.Equal(t, "/etc/ssl/clickhouse-ca.pem", cfg.TLS.CAFile)
	require.Equal(t, "zstd", cfg.Compression)
	require.Equal(t, 30*time.Second, cfg.Timeout)
	require.Equal(t, map[string]string{"max_threads": "2"}, cfg.Settings)
	require.False(t, cfg.CreateSchema)
	queue := cfg.QueueConfig.Get()
	require.Equal(t, "file_storage", queue.StorageID.String())
	require.Equal(t, 4, queue.NumConsumers)
	require.EqualValues(t, 64*mib, queue.Batch.Get().MaxSize)
	require.Zero(t, cfg.RetryConfig.MaxElapsedTime)
	require.Equal(t, DeadLetterConfig{Directory: "/var/lib/watchllm/dead-letter", MaxSizeMiB: 100}, cfg.DeadLetter)
	require.Equal(t, DedupConfig{WindowSize: 1_000_000, WindowAge: 2 * time.Hour}, cfg.Dedup)
	require.Equal(t, SettleConfig{
		Enabled: true, Delay: 2 * time.Second, MaxAge: 30 * time.Minute, Lookback: time.Hour, MaxTraces: 200_000, MaxTracesPerTenant: 50_000,
	}, cfg.Settle)
	require.EqualValues(t, 365, cfg.Retention.days("acme"))
	require.EqualValues(t, 90, cfg.Retention.days("other"))
}

func TestQueueCanBeSwitchedOff(t *testing.T) {
	cfg, err := loadConfig(t, "memory")
	require.NoError(t, err)
	require.False(t, cfg.QueueConfig.HasValue())
}

func TestSettlingCanBeSwitchedOff(t *testing.T) {
	cfg, err := loadConfig(t, "no_settling")
	require.NoError(t, err)
	e, err := newExporter(testSettings(t), cfg)
	require.NoError(t, err)
	defer e.telemetry.Shutdown()
	require.Nil(t, e.settler)
	require.Zero(t, e.settler.due())
}

func TestBadConfigurations(t *testing.T) {
	f := func(name string, want ...string) {
		t.Helper()
		_, err := loadConfig(t, name)
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
	}
	f("bad_endpoint", "endpoint", `"localhost:8123"`, "http://host:8123")
	f("bad_password", "password and password_file", "keep one")
	f("bad_sizes", "dead_letter::max_size_mib: 0", "dedup::window_size: -1", "dedup::window_age: 0s", "retention::days: 40000", "retention::tenants::acme: -1",
		"settle::delay: 0s must be more than 0", "settle::max_age: -1s must be at least settle::delay", "settle::lookback: -1s", "settle::max_traces: 0", "settle::max_traces_per_tenant: 5 must be 1 to settle::max_traces (0)")
	f("unknown_key", "dsn")
}

func TestRetentionOfZeroIsForever(t *testing.T) {
	require.EqualValues(t, forever, RetentionConfig{Days: 0}.days("x"))
	require.EqualValues(t, forever, RetentionConfig{Days: 7, Tenants: map[string]int{"x": 0}}.days("x"))
}
