package llmtenantprocessor

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func TestConfig(t *testing.T) {
	cm, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	load := func(id string) (*Config, error) {
		sub, err := cm.Sub(id)
		require.NoError(t, err)
		cfg := NewFactory().CreateDefaultConfig().(*Config)
		if err := sub.Unmarshal(cfg); err != nil {
			return nil, err
		}
		return cfg, confmap.Validate(cfg)
	}
	cfg, err := load("llm_tenant")
	require.NoError(t, err)
	require.Equal(t, &Config{}, cfg)

	billing := component.MustNewID("llm_billing")
	cfg, err = load("llm_tenant/strict")
	require.NoError(t, err)
	require.Equal(t, &Config{RequireIdentity: true, Admission: &billing}, cfg)

	_, err = load("llm_tenant/empty_admission")
	require.ErrorContains(t, err, "admission")
	require.ErrorContains(t, (&Config{Admission: &component.ID{}}).Validate(), "admission: is empty")
}
