package llmcostprocessor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

func TestLoadConfig(t *testing.T) {
	keep := ContentConfig{Mode: "keep", MaxBytes: 65536}
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	for _, tt := range []struct {
		name string
		want *Config
		fail string
	}{
		{name: "", want: &Config{TrustBills: true, Estimate: defaultEstimate(), Content: keep, PricesReloadInterval: 5 * time.Second, Recent: defaultRecent()}},
		{name: "all", want: &Config{TrustBills: true, Estimate: defaultEstimate(), Content: keep, DropOriginals: true, Prices: []string{"/etc/watchllm/prices", "contract.yaml"}, PricesReloadInterval: time.Minute, Recent: RecentConfig{
			MaxAge: time.Hour, MaxSpansPerTenant: 10, MaxSpans: 20,
		}}},
		{name: "nothing_remembered", want: &Config{TrustBills: true, Estimate: defaultEstimate(), Content: keep, PricesReloadInterval: 5 * time.Second, Recent: RecentConfig{MaxSpansPerTenant: 50_000}}},
		{name: "bad_recent", fail: `recent::max_spans: -1: give a number of spans up to 10000000, or 0 to remember none
recent::max_spans_per_tenant: 0: give a number of spans above 0, or set recent::max_spans to 0 to remember none
recent::max_age: 1ms: give at least 1s, longer than traces stay open (15m), or set recent::max_spans to 0 to remember none`},
		{name: "content", want: &Config{TrustBills: true, Estimate: defaultEstimate(), Content: ContentConfig{Mode: "cut", MaxBytes: 20000, Tenants: map[string]TenantContent{
			"acme": {Mode: "drop"}, "beta.inc": {Mode: "cut", MaxBytes: 4096}, "gamma": {Mode: "keep"},
		}}, PricesReloadInterval: 5 * time.Second, Recent: defaultRecent()}},
		{name: "bad_content", fail: `content::mode: "trim": choose keep, cut or drop`},
		{name: "bad_content", fail: `content::max_bytes: 10: a message needs 256 bytes or more; set for example 65536`},
		{name: "bad_content", fail: `content::tenants::acme::mode: "": choose keep, cut or drop`},
		{name: "bad_content", fail: `content::tenants::acme::max_bytes: 5: a message needs 256 bytes or more; set for example 65536`},
		{name: "estimate", want: &Config{TrustBills: true, Content: keep, PricesReloadInterval: 5 * time.Second, Recent: defaultRecent(), Estimate: EstimateConfig{Enabled: true, MaxBytes: 200_000}}},
		{name: "estimate_off", want: &Config{TrustBills: true, Content: keep, PricesReloadInterval: 5 * time.Second, Recent: defaultRecent()}},
		{name: "bad_estimate", fail: `estimate::max_bytes: 100: give a number of bytes from 1024 to 1048576, for example 65536, or set estimate::enabled to false`},
		{name: "read_once", want: &Config{TrustBills: true, Estimate: defaultEstimate(), Content: keep, Prices: []string{"contract.yaml"}, Recent: defaultRecent()}},
		{name: "bad_interval", fail: "prices_reload_interval: 10ms: give at least 1s (5s is the default), or 0 to read the price files once"},
		{name: "negative_interval", fail: "prices_reload_interval: -5s: give at least 1s"},
		{name: "own_figures", want: &Config{Estimate: defaultEstimate(), Content: keep, PricesReloadInterval: 5 * time.Second, Recent: defaultRecent()}},
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
