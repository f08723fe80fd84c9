package llmcostprocessor

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

func TestLoadConfig(t *testing.T) {
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	for _, tt := range []struct {
		name string
		want *Config
		fail string
	}{
		{name: "", want: &Config{Content: ContentConfig{Mode: "keep", MaxBytes: 65536}}},
		{name: "all", want: &Config{
			DropOriginals: true, Prices: []string{"/etc/watchllm/prices", "contract.yaml"}, Content: ContentConfig{Mode: "keep", MaxBytes: 65536},
		}},
		{name: "content", want: &Config{Content: ContentConfig{Mode: "cut", MaxBytes: 20000, Tenants: map[string]TenantContent{
			"acme": {Mode: "drop"}, "beta.inc": {Mode: "cut", MaxBytes: 4096}, "gamma": {Mode: "keep"},
		}}}},
		{name: "bad_content", fail: `content.mode: "trim": choose keep, cut or drop`},
		{name: "bad_content", fail: `content.max_bytes: 10: a message needs 256 bytes or more; set for example 65536`},
		{name: "bad_content", fail: `content.tenants.acme.mode: "": choose keep, cut or drop`},
		{name: "bad_content", fail: `content.tenants.acme.max_bytes: 5: a message needs 256 bytes or more; set for example 65536`},
		{name: "empty_path", fail: `prices[1]: "": name a price file or a folder of price files, or remove the entry`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sub, err := conf.Sub(component.NewIDWithName(metadata.Type, tt.name).String())
			require.NoError(t, err)
			cfg := NewFactory().CreateDefaultConfig()
			require.NoError(t, sub.Unmarshal(cfg))
			err = confmap.Validate(cfg)
			if tt.fail != "" {
				require.ErrorContains(t, err, tt.fail)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, cfg)
		})
	}
}
