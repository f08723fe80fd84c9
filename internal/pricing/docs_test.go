package pricing

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// example is the price file that a page shows below a heading.
func example(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	_, below, ok := strings.Cut(string(text), "\n"+heading+"\n")
	require.True(t, ok, heading)
	_, block, ok := strings.Cut(below, "```yaml\n")
	require.True(t, ok, heading)
	block, _, _ = strings.Cut(block, "```")
	return block
}

const readme = "../../prices/README.md"

func TestDocumentedFiles(t *testing.T) {
	for heading, calls := range map[string]map[Call]string{
		"## Corrections of your own": {
			{Provider: "azure", RequestModel: "gpt-5.4"}:       "2.25",
			{Provider: "openai", RequestModel: "gpt-5.4"}:      "2.5",
			{Provider: "openai", RequestModel: "house-llama"}:  "0.2",
			{Provider: "mistral", RequestModel: "house-llama"}: "",
		},
		"### Names of your own": {
			{Provider: "corp-llm", RequestModel: "corp/prod-chat-eu"}:                                                                "2",
			{Provider: "openai", ServerAddress: "llm.corp.example", RequestModel: "gpt-4.1"}:                                         "2",
			{Provider: "openai", ServerAddress: "eu.gw.corp.example", RequestModel: "prod-chat"}:                                     "2",
			{Provider: "bedrock", RequestModel: "abcdefghijkl"}:                                                                      "0",
			{Provider: "bedrock", RequestModel: "f6e5d4c3b2a1"}:                                                                      "1",
			{Provider: "openai", ServerAddress: "gpu.corp.example:8000", RequestModel: "qwen3"}:                                      "0",
			{Provider: "openai", ServerAddress: "gpu2.corp.example:8000", RequestModel: "qwen3"}:                                     "",
			{Provider: "bedrock", RequestModel: "arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abcdefghijkl"}:             "0",
			{Provider: "bedrock", RequestModel: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6"}: "5.5",
		},
		"### Tenants": {
			{Tenant: "acme", Provider: "openai", RequestModel: "gpt-5.4"}:            "2",
			{Tenant: "acme", Provider: "openai", RequestModel: "gpt-4.1"}:            "1.7",
			{Tenant: "acme", Provider: "anthropic", RequestModel: "claude-opus-4-8"}: "4.5",
			{Tenant: "beta", Provider: "anthropic", RequestModel: "claude-opus-4-8"}: "6",
		},
	} {
		b := with(t, example(t, readme, heading))
		for c, want := range calls {
			c.Time, c.Usage = at("2026-10-15T00:00:00Z"), Usage{Input: n(100_000), Output: n(0)}
			r := b.Price(&c)
			perMillion := Amount{Pico: r.Amount.Pico * 10, Known: r.Amount.Known}
			assert.Equal(t, want, perMillion.String(), "%s: %s %s", heading, c.Provider, c.RequestModel)
		}
	}
	b := with(t, example(t, "../../docs/prices.md", "### Discounts and markups per tenant"))
	for tenant, want := range map[string]string{"acme": "1.7", "internal": "0", "anybody": "2.4"} {
		r := b.Price(&Call{Tenant: tenant, Provider: "openai", RequestModel: "gpt-4.1", Time: july, Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		assert.Equal(t, want, r.Amount.String(), tenant)
	}
}
