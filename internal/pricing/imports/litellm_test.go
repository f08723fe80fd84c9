package imports

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readOne reads a table of one entry and returns the offer it holds under a name, or why it was left out.
func readOne(t *testing.T, entry, provider, name string) (text string, dropped []string) {
	t.Helper()
	rep := &Report{newest: true, free: []string{"zai/glm-free"}}
	table, err := readLiteLLM([]byte(entry), rep)
	require.NoError(t, err)
	if s := table[provider][name]; len(s) > 0 {
		return s[0].offer.text, rep.Dropped
	}
	return "", rep.Dropped
}

func TestLiteLLM(t *testing.T) {
	for name, tc := range map[string]struct{ entry, provider, model, want string }{
		"tokens": {
			`{"groq/m": {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": 5.9e-07, "output_cost_per_token": 7.9e-07}}`,
			"groq", "m", "mtok: {input: 0.59, output: 0.79}",
		},
		"bands and modes": {
			`{"perplexity/openai/m": {"litellm_provider": "perplexity", "input_cost_per_token": 2e-06, "output_cost_per_token": 1e-05,
			  "input_cost_per_token_above_272k_tokens": 4e-06, "output_cost_per_token_above_272k_tokens": 1.5e-05,
			  "input_cost_per_token_batches": 1e-06, "output_cost_per_token_batches": 5e-06,
			  "input_cost_per_token_priority": 5e-06, "output_cost_per_token_priority": 2e-05}}`,
			"perplexity", "openai/m",
			"mtok: {input: 2, output: 10}, bands: [{prompt_over: 272000, mtok: {input: 4, output: 15}}], " +
				"modes: [{batch: true, times: 0.5}, {tier: [priority], mtok: {input: 5, output: 20}, bands: []}]",
		},
		"a mode that leaves the cache alone": {
			`{"groq/m": {"litellm_provider": "groq", "input_cost_per_token": 2e-06, "cache_read_input_token_cost": 1e-06, "output_cost_per_token": 4e-06,
			  "input_cost_per_token_flex": 1e-06, "output_cost_per_token_flex": 2e-06}}`,
			"groq", "m", "mtok: {input: 2, cache_read: 1, output: 4}, modes: [{tier: [flex], times: 0.5, except: [cache_read]}]",
		},
		"bands as a list, and thinking": {
			`{"dashscope/q": {"litellm_provider": "dashscope", "tiered_pricing": [
			  {"range": [0, 256000.0], "input_cost_per_token": 4e-07, "output_cost_per_token": 1.2e-06, "output_cost_per_reasoning_token": 4e-06},
			  {"range": [256000.0, 1000000.0], "input_cost_per_token": 1.2e-06, "output_cost_per_token": 3.6e-06, "output_cost_per_reasoning_token": 1.2e-05}]}}`,
			"alibaba_cloud", "q",
			"mtok: {input: 0.4, output: 1.2}, bands: [{prompt_over: 256000, mtok: {input: 1.2, output: 3.6}}], " +
				"modes: [{thinking: true, mtok: {output: 4}, bands: [{prompt_over: 256000, mtok: {input: 1.2, output: 12}}]}]",
		},
		"reasoning that costs what output does": {
			`{"groq/m": {"litellm_provider": "groq", "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06, "output_cost_per_reasoning_token": 4e-06}}`,
			"groq", "m", "mtok: {input: 2, output: 4}",
		},
		"search units": {
			`{"rerank-x": {"litellm_provider": "cohere", "mode": "rerank", "input_cost_per_query": 0.002, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0}}`,
			"cohere", "rerank-x", "fees: {thousand_search_units: 2}",
		},
		"seconds": {
			`{"deepgram/nova": {"litellm_provider": "deepgram", "mode": "audio_transcription", "input_cost_per_second": 7.167e-05, "output_cost_per_second": 0.0,
			  "metadata": {"original_pricing_per_minute": 0.0043}}}`,
			"deepgram", "nova", "fees: {hour: 0.258}",
		},
		"a search fee by context": {
			`{"perplexity/s": {"litellm_provider": "perplexity", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06,
			  "search_context_cost_per_query": {"search_context_size_low": 0.005, "search_context_size_medium": 0.008, "search_context_size_high": 0.012}}}`,
			"perplexity", "s",
			"mtok: {input: 1, output: 1}, fees: {thousand_web_searches: 8}, modes: [{search_context: [low], fees: {thousand_web_searches: 5}}, " +
				"{search_context: [high], fees: {thousand_web_searches: 12}}]",
		},
		"a path": {
			`{"fireworks_ai/accounts/fireworks/models/m": {"litellm_provider": "fireworks_ai", "input_cost_per_token": 2e-07, "output_cost_per_token": 2e-07}}`,
			"fireworks_ai", "m", "mtok: {input: 0.2, output: 0.2}",
		},
		"free, and known to be": {
			`{"zai/glm-free": {"litellm_provider": "zai", "input_cost_per_token": 0, "output_cost_per_token": 0}}`,
			"zai", "glm-free", "free",
		},
		"claude's cache writes follow the vendor's rule": {
			`{"snowflake/claude-x": {"litellm_provider": "snowflake", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
			  "cache_creation_input_token_cost": 3e-06, "cache_creation_input_token_cost_above_1hr": 7.5e-06}}`,
			"snowflake", "claude-x", "mtok: {input: 3, cache_write: 3.75, cache_write_1h: 6, output: 15}",
		},
		"a profile with a price of its own": {
			`{"amazon.nova-lite-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 6e-08, "output_cost_per_token": 2.4e-07},
			  "eu.amazon.nova-lite-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 7.8e-08, "output_cost_per_token": 3.12e-07}}`,
			"aws.bedrock", "eu.amazon.nova-lite-v1:0", "mtok: {input: 0.078, output: 0.312}",
		},
		"a profile that costs the same": {
			`{"amazon.nova-lite-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 6e-08, "output_cost_per_token": 2.4e-07},
			  "us.amazon.nova-lite-v1:0": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 6e-08, "output_cost_per_token": 2.4e-07}}`,
			"aws.bedrock", "us.amazon.nova-lite-v1:0", "",
		},
		"a copy for one region":    {`{"azure/eu/gpt-x": {"litellm_provider": "azure", "input_cost_per_token": 1e-06}}`, "azure.ai.openai", "eu/gpt-x", ""},
		"somebody not imported":    {`{"wandb/m": {"litellm_provider": "wandb", "input_cost_per_token": 0.135}}`, "wandb", "m", ""},
		"open weights at a vendor": {`{"gpt-oss-20b": {"litellm_provider": "openai", "input_cost_per_token": 1e-07, "output_cost_per_token": 2e-07}}`, "openai", "gpt-oss-20b", ""},
		"video":                    {`{"minimax/v": {"litellm_provider": "minimax", "mode": "video_generation", "input_cost_per_token": 1e-06}}`, "minimax", "v", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, dropped := readOne(t, tc.entry, tc.provider, tc.model)
			assert.Equal(t, tc.want, got)
			assert.Empty(t, dropped)
		})
	}
}

func TestLintLeavesOut(t *testing.T) {
	for name, tc := range map[string]struct{ prices, want string }{
		"a price of a token for that of a million": {`"input_cost_per_token": 0.0032, "output_cost_per_token": 0.00971`, "per million tokens"},
		"too cheap to be true":                     {`"input_cost_per_token": 1e-10, "output_cost_per_token": 2e-10`, "per million tokens"},
		"a hole":                                   {`"input_cost_per_token": 0, "output_cost_per_token": 0`, "costs nothing, and is not on the list"},
		"half a hole":                              {`"input_cost_per_token": 0, "output_cost_per_token": 1e-06`, "input costs nothing"},
		"input and output swapped":                 {`"input_cost_per_token": 1.5e-07, "output_cost_per_token": 3.75e-08`, "output costs 0.0375, input 0.15"},
		"output by a slip":                         {`"input_cost_per_token": 1.63e-06, "output_cost_per_token": 0.0001`, "output costs 100, input 1.63"},
		"an embedding by a slip":                   {`"mode": "embedding", "input_cost_per_token": 0.0001`, "as of an embedding"},
		"a band by a slip":                         {`"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "input_cost_per_token_above_128k_tokens": 0.0001`, "in a prompt over 128000 tokens 100"},
		"a second by a slip":                       {`"mode": "audio_transcription", "input_cost_per_second": 0.36`, "an hour costs"},
	} {
		t.Run(name, func(t *testing.T) {
			got, dropped := readOne(t, `{"groq/m": {"litellm_provider": "groq", `+tc.prices+`}}`, "groq", "m")
			assert.Empty(t, got)
			require.Len(t, dropped, 1)
			assert.Contains(t, dropped[0], "litellm: groq/m: ")
			assert.Contains(t, dropped[0], tc.want)
		})
	}
}

func TestLintTakesOut(t *testing.T) {
	for name, tc := range map[string]struct{ prices, want string }{
		"a cache that saves nothing": {`"cache_read_input_token_cost": 1e-06`, "mtok: {input: 1, output: 4}"},
		"a cache read for nothing":   {`"cache_read_input_token_cost": 0`, "mtok: {input: 1, output: 4}"},
		"a batch at a third":         {`"input_cost_per_token_batches": 3.3e-07, "output_cost_per_token_batches": 1.3e-06`, "mtok: {input: 1, output: 4}"},
		"a priority of fifty times":  {`"input_cost_per_token_priority": 5e-05`, "mtok: {input: 1, output: 4}"},
		"a flex at full price":       {`"input_cost_per_token_flex": 1e-06`, "mtok: {input: 1, output: 4}"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := readOne(t, `{"groq/m": {"litellm_provider": "groq", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06, `+tc.prices+`}}`, "groq", "m")
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestOutliers(t *testing.T) {
	rep := &Report{newest: true}
	table, err := readLiteLLM([]byte(`{
	  "groq/x/m": {"litellm_provider": "groq", "input_cost_per_token": 1e-07, "output_cost_per_token": 1e-07},
	  "nebius/m": {"litellm_provider": "nebius", "input_cost_per_token": 2e-07, "output_cost_per_token": 2e-07},
	  "novita/x/m": {"litellm_provider": "novita", "input_cost_per_token": 1e-05, "output_cost_per_token": 1e-05}}`), rep)
	require.NoError(t, err)
	table.outliers(packageLiteLLM, rep)
	assert.Equal(t, []string{"litellm: novita/x/m: input costs 10, half of the others take less than 0.2"}, rep.Dropped)
	assert.Len(t, table["groq"], 1)
	assert.Empty(t, table["novita"])
}
