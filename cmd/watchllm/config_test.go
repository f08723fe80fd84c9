package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"
)

// dryRun is what `watchllm validate` does, with overrides as --config yaml:... would give them.
func dryRun(t *testing.T, file string, overrides ...string) error {
	path, err := filepath.Abs(file)
	require.NoError(t, err)
	uris := []string{"file:" + path}
	for _, o := range overrides {
		uris = append(uris, "yaml:"+o)
	}
	col, err := otelcol.NewCollector(otelcol.CollectorSettings{
		Factories: components,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              uris,
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory(), yamlprovider.NewFactory()},
			DefaultScheme:     "env",
		}},
	})
	require.NoError(t, err)
	return col.DryRun(t.Context())
}

// Every configuration that the repository ships is one the distribution accepts.
func TestShippedConfigurations(t *testing.T) {
	t.Setenv("WATCHLLM_DATA_DIR", t.TempDir())
	t.Setenv("CLICKHOUSE_PASSWORD", "secret")
	for _, endpoint := range []string{"http://ch-1:8123,http://ch-2:8123", "clickhouses://ch-1:9440,ch-2:9440"} {
		t.Setenv("CLICKHOUSE_ENDPOINT", endpoint)
		for _, file := range []string{"../../collector.yaml", "../../deploy/cluster/collector.yaml"} {
			require.NoError(t, dryRun(t, file), "%s with %s", file, endpoint)
		}
	}
	t.Setenv("CLICKHOUSE_ENDPOINT", "ch-1:9000")
	require.ErrorContains(t, dryRun(t, "../../deploy/cluster/collector.yaml"), "endpoint")
}

// A misspelt key is refused by name: a setting that is silently ignored is a wall that is not there.
func TestMisspeltKeysAreRefused(t *testing.T) {
	t.Setenv("WATCHLLM_DATA_DIR", t.TempDir())
	for key, wrong := range map[string]string{
		"athenticator":  "extensions::llm_query::athenticator: api_key_auth",
		"requireident":  "processors::llm_tenant::requireident: true",
		"price":         "processors::llm_cost::price: [x]",
		"sending_queu":  "exporters::llm_clickhouse::sending_queu: {}",
		"key_file":      "extensions::api_key_auth::key_file: x",
		"memory":        "extensions::chdb::memory: 1",
		"auht":          "receivers::llm_event::auht: {authenticator: api_key_auth}",
		"tool_cals":     "connectors::llm_logs::tool_cals: true",
		"max_page_size": "extensions::llm_query::max_page_size: 7",
	} {
		require.ErrorContains(t, dryRun(t, "../../collector.yaml", wrong), key, wrong)
	}
}
