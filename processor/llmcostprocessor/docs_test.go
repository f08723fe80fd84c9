package llmcostprocessor

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.yaml.in/yaml/v3"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// configsOf are the llm_cost configurations that a page shows.
func configsOf(t *testing.T, page string) []*Config {
	t.Helper()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	var out []*Config
	for _, block := range strings.Split(string(raw), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		var doc map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text), &doc), text)
		conf, err := confmap.NewFromStringMap(doc).Sub("processors::llm_cost")
		require.NoError(t, err)
		cfg := NewFactory().CreateDefaultConfig().(*Config)
		require.NoError(t, conf.Unmarshal(cfg), text)
		require.NoError(t, confmap.Validate(cfg), text)
		out = append(out, cfg)
	}
	return out
}

// The configurations of the page do what the page says of them.
func TestDocumentedContentPolicies(t *testing.T) {
	configs := configsOf(t, "../../docs/message-content.md")
	require.Len(t, configs, 3, "cut, drop, per tenant")
	long := strings.Repeat("word ", 40_000)
	size := func(cfg *Config, tenant string) int {
		p, _ := newTestProcessor(t, cfg)
		td := ptrace.NewTraces()
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr(semconv.WatchLLMTenantID, tenant)
		a := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty().Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.input.messages", long)
		process(t, p, td)
		v, ok := a.Get("gen_ai.input.messages")
		if !ok {
			return 0
		}
		return len(v.Str())
	}
	cut, drop, tenants := configs[0], configs[1], configs[2]
	assert.InDelta(t, 65_536, size(cut, "any"), 64)
	assert.Zero(t, size(drop, "any"))
	assert.Zero(t, size(tenants, "acme"))
	assert.InDelta(t, 20_000, size(tenants, "beta"), 64)
	assert.InDelta(t, 65_536, size(tenants, "gamma"), 64)
	assert.Greater(t, size(tenants, "other"), len(long))
}

func TestReadmeConfiguration(t *testing.T) {
	assert.NotEmpty(t, configsOf(t, "README.md"))
}

// The call of docs/estimates.md gets the figures that the page shows, by the configuration of the page and the real book.
func TestDocumentedEstimate(t *testing.T) {
	const page = "../../docs/estimates.md"
	configs := configsOf(t, page)
	require.Len(t, configs, 1)
	p, _ := newTestProcessor(t, configs[0])
	var err error
	p.pricer, err = pricing.Default()
	require.NoError(t, err)
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(raw), "```json\n")
	call, rest, _ := strings.Cut(rest, "```")
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(call))
	require.NoError(t, err)
	a := one(t, process(t, p, td))

	_, rest, _ = strings.Cut(rest, "```text\n")
	shown, _, _ := strings.Cut(rest, "```")
	lines := 0
	for line := range strings.Lines(shown) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		_, value, _ = strings.Cut(strings.TrimSuffix(value, ")"), "(")
		got, ok := a.Get(key)
		require.True(t, ok, key)
		assert.Equal(t, value, got.AsString(), key)
		lines++
	}
	assert.Equal(t, 9, lines)
}
