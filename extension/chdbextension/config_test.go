package chdbextension

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/extension/chdbextension/internal/metadata"
)

func TestLoadConfig(t *testing.T) {
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	load := func(id component.ID) *Config {
		sub, err := conf.Sub(id.String())
		require.NoError(t, err)
		config := createDefaultConfig()
		require.NoError(t, sub.Unmarshal(config))
		require.NoError(t, confmap.Validate(config))
		return config.(*Config)
	}
	assert.Equal(t, createDefaultConfig(), load(component.NewID(metadata.Type)))
	assert.Equal(t, &Config{
		Path: "/var/lib/watchllm/clickhouse", Listen: "127.0.0.1:18123",
		Binary: "/opt/watchllm/watchllm-engine", Library: "/opt/watchllm/libchdb.so", PasswordFile: "/etc/watchllm/clickhouse-password",
		Databases: []string{"watchllm", "scratch_*"}, MemoryLimit: 4 << 30, Connections: 16, MaxWait: 5 * time.Second,
		MaxQueryTime: time.Minute, MaxQueryMemory: 1 << 30, MaxResultRows: 1000000, MaxResultBytes: 100_000_000,
		Sandbox: "required", StartTimeout: 3 * time.Minute, StopTimeout: 30 * time.Second,
	}, load(component.NewIDWithName(metadata.Type, "all_settings")))
}

func TestValidateNamesKeyValueAndCure(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Config)
		want string
	}{
		"path":        {func(c *Config) { c.Path = "" }, "path is empty: name the engine's data directory"},
		"listen":      {func(c *Config) { c.Listen = "8123" }, `listen "8123" must be host:port`},
		"remote":      {func(c *Config) { c.Listen = "0.0.0.0:8123" }, `listen "0.0.0.0:8123" is reachable from other machines`},
		"name":        {func(c *Config) { c.Listen = "example.org:8123" }, "allow_remote: true"},
		"memory":      {func(c *Config) { c.MemoryLimit = 1 << 20 }, "memory_limit 1MiB is too little for the engine: set at least 256MiB"},
		"query":       {func(c *Config) { c.MaxQueryMemory = 4 << 30 }, "max_query_memory 4GiB must be 0 to memory_limit (2GiB)"},
		"connections": {func(c *Config) { c.Connections = 0 }, "connections 0 must be 1 to 256"},
		"none":        {func(c *Config) { c.Databases = nil }, "databases [] must begin with a whole name"},
		"pattern":     {func(c *Config) { c.Databases = []string{"x*"} }, "must begin with a whole name"},
		"database":    {func(c *Config) { c.Databases = []string{"a", "b;c"} }, `databases: "b;c" must be letters`},
		"wait":        {func(c *Config) { c.MaxWait = 0 }, "max_wait 0s must be positive"},
		"time":        {func(c *Config) { c.MaxQueryTime = -1 }, "max_query_time -1ns must not be negative"},
		"result":      {func(c *Config) { c.MaxResultRows = -1 }, "max_result_rows -1"},
		"sandbox":     {func(c *Config) { c.Sandbox = "on" }, `sandbox "on" must be auto, required or off`},
	} {
		t.Run(name, func(t *testing.T) {
			config := createDefaultConfig().(*Config)
			c.edit(config)
			require.ErrorContains(t, confmap.Validate(config), c.want)
		})
	}
	remote := createDefaultConfig().(*Config)
	remote.Listen, remote.AllowRemote = "0.0.0.0:8123", true
	require.NoError(t, confmap.Validate(remote))
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]ByteSize{"0": 0, "1024": 1024, "1KiB": 1024, "1.5 GiB": 3 << 29, "2GB": 2e9, "7B": 7} {
		var b ByteSize
		require.NoError(t, b.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, b, text)
	}
	for _, text := range []string{"", "GiB", "-1", "1 GiBs", "NaN", "1e300GiB"} {
		var b ByteSize
		require.Error(t, b.UnmarshalText([]byte(text)), text)
	}
	assert.Equal(t, "2GiB", ByteSize(2<<30).String())
	assert.Equal(t, "1536MiB", ByteSize(1536<<20).String())
	assert.Equal(t, "1000", ByteSize(1000).String())
	assert.Equal(t, "0", ByteSize(0).String())
}
