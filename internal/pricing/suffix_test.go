package pricing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSuffixes(t *testing.T) {
	b := load(t, `
provider: router
suffixes: {":free": free, ":nitro": route, ":online": same, ":plugged": plugin}
source: {page: p, read: "2026-01-02"}
models:
  a/m: {prices: [{mtok: {input: 1, output: 2}}]}
  "a/m:online": {prices: [{mtok: {input: 5, output: 6}}]}
`)
	for name, want := range map[string][2]string{
		"a/m":         {"exact", "1"},
		"a/m:nitro":   {"assumed:route", "1"},
		"a/m:online":  {"exact", "5"}, // its own price
		"a/m:plugged": {"assumed:plugin_fee", "1"},
		"a/m:free":    {"free", "0"},
		"a/m:dear":    {"unknown_model", ""},
		"a/x:free":    {"unknown_model", ""}, // of a model nobody knows nothing is known
		":free":       {"unknown_model", ""},
	} {
		r := b.Price(&Call{Provider: "router", RequestModel: name, Usage: Usage{Input: n(1_000_000), Output: n(0)}, Time: at("2026-01-02T00:00:00Z")})
		assert.Equal(t, want, [2]string{r.StatusText(), r.Amount.String()}, name)
	}
	_, err := tryLoad("provider: router\nsuffixes: {\":x\": dear}\n")
	require.ErrorContains(t, err, `test.yaml: suffixes: ":x": "dear": one of same, route, plugin, free`)
	assert.True(t, b.Knows("router", "a/m:nitro"))
	assert.False(t, b.Knows("router", "a/x"))
	assert.False(t, b.Knows("nobody", "a/m"))
}

// Names and hosts as clients send them, and who bills.
func TestProvidersByNameAndHost(t *testing.T) {
	b := book(t)
	for spelling, want := range map[string]string{
		"x_ai": "xai", "fireworks_ai": "fireworks_ai", "fireworks": "fireworks_ai", "alibaba_cloud": "alibaba_cloud", "dashscope": "alibaba_cloud",
		"moonshot_ai": "moonshot_ai", "moonshot": "moonshot_ai", "together_ai": "together_ai", "together.chat": "together_ai",
		"github.copilot": "github.copilot", "github_copilot": "github.copilot", "ibm.watsonx.ai": "ibm.watsonx.ai", "watsonx": "ibm.watsonx.ai",
		"groq.chat": "groq", "Cohere": "cohere", "perplexity": "perplexity", "z_ai": "zai", "zhipuai": "zai", "voyage": "voyageai",
		"jina": "jina_ai", "nvidia_nim": "nvidia", "snowflake.cortex": "snowflake", "deepgram": "deepgram",
	} {
		p := b.providerNamed(spelling)
		require.NotNil(t, p, spelling)
		assert.Equal(t, want, p.name, spelling)
	}
	for host, want := range map[string]string{
		"api.groq.com": "groq", "api.together.xyz": "together_ai", "api.fireworks.ai": "fireworks_ai", "openrouter.ai": "openrouter",
		"dashscope.aliyuncs.com": "alibaba_cloud", "dashscope-intl.aliyuncs.com": "alibaba_cloud", "dashscope-us.aliyuncs.com": "alibaba_cloud",
		"api.moonshot.ai": "moonshot_ai", "api.moonshot.cn": "moonshot_ai", "api.z.ai": "zai", "open.bigmodel.cn": "zai",
		"api.minimax.io": "minimax", "api.minimaxi.com": "minimax", "integrate.api.nvidia.com": "nvidia", "api.cerebras.ai": "cerebras",
		"api.deepinfra.com": "deepinfra", "api.voyageai.com": "voyageai", "api.jina.ai": "jina_ai", "api.perplexity.ai": "perplexity",
		"api.cohere.com": "cohere", "api.cohere.ai": "cohere", "api.elevenlabs.io": "elevenlabs", "api.deepgram.com": "deepgram",
		"us-south.ml.cloud.ibm.com": "ibm.watsonx.ai", "acme.cloud.databricks.com": "databricks", "acme.snowflakecomputing.com": "snowflake",
		"api.githubcopilot.com": "github.copilot", "api.business.githubcopilot.com": "github.copilot", "api.ai21.com": "ai21",
		"inference.baseten.co": "baseten", "api.sambanova.ai": "sambanova", "api.novita.ai": "novita",
	} {
		var got string
		for i := range b.hosts {
			if _, ok := b.hosts[i].match(host); ok {
				got = b.hosts[i].provider.name
				break
			}
		}
		assert.Equal(t, want, got, host)
	}
}
