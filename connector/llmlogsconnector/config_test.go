package llmlogsconnector

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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
	cfg, err := load("llm_logs")
	require.NoError(t, err)
	require.Equal(t, &Config{Sources: []string{"claude_code", "codex", "gemini_cli", "operation_details"}, ToolCalls: true}, cfg)

	cfg, err = load("llm_logs/all")
	require.NoError(t, err)
	require.Equal(t, &Config{Sources: []string{"codex", "claude_code"}}, cfg)

	_, err = load("llm_logs/none")
	require.EqualError(t, err, "sources: is empty; name one or more of claude_code, codex, gemini_cli, operation_details, or remove the line for all")
	_, err = load("llm_logs/bad")
	require.ErrorContains(t, err, `sources[1]: "claud_code" is not known; use one or more of claude_code,`)
	require.ErrorContains(t, err, `sources[2]: "codex" is there twice; remove one`)
	_, err = load("llm_logs/unknown")
	require.ErrorContains(t, err, "tools")
}
