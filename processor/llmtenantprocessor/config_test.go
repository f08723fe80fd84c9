package llmtenantprocessor

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func load(t *testing.T, id string) (*Config, error) {
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
	cfg, err := load(t, "llm_tenant")
	require.NoError(t, err)
	require.Equal(t, createDefaultConfig(), cfg)
	require.Equal(t, &Config{MetricTenants: 100, Limits: LimitsConfig{Default: TenantLimits{
		Rate: RateConfig{Burst: 10 * time.Second}, RatePerKey: RateConfig{Burst: 10 * time.Second},
		Size: SizeConfig{Oversized: "truncate"}, Weight: 1,
	}}}, cfg, "nothing is limited unless somebody says so")

	billing, masking := component.MustNewID("llm_billing"), component.MustNewID("masking")
	cfg, err = load(t, "llm_tenant/strict")
	require.NoError(t, err)
	require.Equal(t, with(func(c *Config) { c.RequireIdentity, c.Admission, c.ContentPolicy = true, &billing, &masking }), cfg)
}

// A tenant's section changes what it names and leaves the rest as in default.
func TestTenantsAreReadOverTheDefault(t *testing.T) {
	cfg, err := load(t, "llm_tenant/limits")
	require.NoError(t, err)
	base := TenantLimits{
		Rate:       RateConfig{Spans: 2000, LogRecords: 2000, Bytes: 8 << 20, Burst: 10 * time.Second},
		RatePerKey: RateConfig{Spans: 1000, Burst: 5 * time.Second},
		Request:    RequestConfig{Spans: 10000, Bytes: 32 << 20},
		Size:       SizeConfig{Attribute: 1 << 20, Span: 4 << 20, Oversized: OversizedTruncate},
		Weight:     1,
	}
	acme, trial, unbounded := base, base, base
	acme.Rate.Spans, acme.Rate.Burst, acme.Size.Oversized, acme.Weight = 20000, 30*time.Second, OversizedRefuse, 4
	trial.Rate.Spans = 10
	unbounded.Rate = RateConfig{Burst: 10 * time.Second}
	require.Equal(t, LimitsConfig{
		Default: base, InFlightBytes: 256 << 20,
		Tenants: map[string]TenantLimits{"acme": acme, "trial": trial, "unbounded": unbounded, "as_default": base},
	}, cfg.Limits)
	require.Equal(t, 20, cfg.MetricTenants)
}

func TestConfigErrorsNameTheKeyAndTheCure(t *testing.T) {
	_, err := load(t, "llm_tenant/empty_admission")
	require.ErrorContains(t, err, "admission")
	empty := with(func(c *Config) { c.Admission, c.ContentPolicy = &component.ID{}, &component.ID{} }).Validate()
	require.ErrorContains(t, empty, "admission: is empty; name an extension")
	require.ErrorContains(t, empty, "content_policy: is empty; name an extension")
	_, err = load(t, "llm_tenant/misspelt")
	require.ErrorContains(t, err, `limits::tenants::acme::rate: unknown key "span"; known are burst, bytes, data_points, log_records, spans`)
	_, err = load(t, "llm_tenant/wrong")
	for _, want := range []string{
		"metric_tenants: -1 is not between 0 and 10000",
		"limits: in_flight_bytes: 1 is too little; use at least 4194304",
		"limits::default::rate: spans: -1 is not between 0 (no limit) and 1000000000000 a second",
		"burst: 0s is not between 1ns and 24h0m0s",
		"weight: 0 is not between 1 and 1000",
		"bytes: -5 is less than 0; use 0 for no limit",
		"attribute: 1 bytes are too few; use at least 256, or 0 for no limit",
		"span: 10 bytes are too few; use at least 1024",
		"log_record: 10 bytes are too few",
		`oversized: "drop" is neither truncate nor refuse`,
	} {
		assert.ErrorContains(t, err, want)
	}
}
