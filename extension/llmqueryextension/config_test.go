package llmqueryextension

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
)

func loadConfig(t *testing.T, name string) (*Config, error) {
	t.Helper()
	cm, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	sub, err := cm.Sub(component.NewIDWithName(metadata.Type, name).String())
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestConfig(t *testing.T) {
	withAuth := func(id component.ID, params ...string) configoptional.Optional[confighttp.AuthConfig] {
		return configoptional.Some(confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: id}, RequestParameters: params})
	}
	own := component.MustNewID("api_key_auth")
	for name, change := range map[string]func(*Config){
		"": func(*Config) {},
		"full": func(c *Config) {
			c.ServerConfig.NetAddr.Endpoint = "0.0.0.0:8001"
			c.ServerConfig.Auth = withAuth(component.MustNewIDWithName("api_key_auth", "readers"), "X-Api-Key")
			c.ServerConfig.CORS = configoptional.Some(confighttp.CORSConfig{
				AllowedOrigins: []string{"https://console.example"}, AllowedHeaders: []string{"X-API-Key"},
			})
			c.ClickHouse.Endpoint = "clickhouses://ch-1.example:9440,ch-2.example:9440"
			c.ClickHouse.Username, c.ClickHouse.PasswordFile = "reader", "/etc/watchllm/reader-password"
			c.ClickHouse.Database, c.ClickHouse.Cluster, c.ClickHouse.Timeout = "llm", "main", 30*time.Second
			c.Prices, c.PricesReloadInterval = []string{"/etc/watchllm/prices", "contract.yaml"}, time.Minute
			c.Limits = LimitsConfig{
				MaxExecutionTime: 10 * time.Second, MaxMemoryBytes: 512 << 20, MaxRowsToRead: 1e9,
				DefaultWindow: time.Hour, MaxWindow: 100 * day, MaxPoints: 500, MaxModels: 50,
				MaxPageSize: 100, MaxSpans: 2000, MaxContentBytes: 1 << 20,
			}
		},
		"default_auth": func(c *Config) { c.ServerConfig.Auth = withAuth(own) },
		"unix": func(c *Config) {
			c.ServerConfig.NetAddr.Endpoint, c.ServerConfig.NetAddr.Transport = "/run/watchllm/query.sock", confignet.TransportTypeUnix
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := createDefaultConfig().(*Config)
			change(want)
			got, err := loadConfig(t, name)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	for name, texts := range map[string][]string{
		"open_to_all":      {`auth: must be set when endpoint is "0.0.0.0:8001"`, "127.0.0.1"},
		"open_by_name":     {"query.example:8001"},
		"open_everywhere":  {`":8001"`},
		"no_endpoint":      {"endpoint: must not be empty"},
		"no_authenticator": {"authenticator"},
		"bad_store":        {"clickhouse: endpoint", "ftp://ch:21"},
		"bad_limits": {
			"limits: max_execution_time: 10ms", "default_window: 48h0m0s", "max_points: 0", "max_models: 0",
			"max_page_size: -1", "max_spans: 0", "max_content_bytes: -1",
		},
		"bad_prices":        {`prices[1]: "": name a price file`, "prices_reload_interval: 10ms: give at least 1s"},
		"tiny_window":       {"max_window: 1s", "default_window: 1s"},
		"unknown_key":       {"auht"},
		"unknown_limit":     {"max_point"},
		"unknown_store_key": {"endpont"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadConfig(t, name)
			for _, text := range texts {
				require.ErrorContains(t, err, text)
			}
		})
	}
}

func TestIsLocal(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"127.0.0.1:8001": true, "127.9.9.9:1": true, "localhost:8001": true, "Localhost.:8001": true, "[::1]:8001": true,
		"0.0.0.0:8001": false, ":8001": false, "[::]:8001": false, "10.0.0.1:8001": false, "example.com:80": false, "127.0.0.1": false, "": false,
	} {
		require.Equal(t, want, isLocal(confignet.AddrConfig{Endpoint: endpoint, Transport: confignet.TransportTypeTCP}), endpoint)
	}
}
