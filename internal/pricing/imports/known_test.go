package imports

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLintOfKnownErrors reads entries as tables have really had them, wrong, and holds the lint to what it has to make of each.
func TestLintOfKnownErrors(t *testing.T) {
	for name, tc := range map[string]struct{ entry, provider, model, want, dropped string }{
		"a price per million as one per token": {
			`{"azure_ai/jais-30b-chat": {"litellm_provider": "azure_ai", "mode": "chat", "input_cost_per_token": 0.0032, "output_cost_per_token": 0.00971}}`,
			"azure.ai.openai", "jais-30b-chat", "", "input costs 3200 per million tokens",
		},
		"a priority of fifty times the standard price": {
			`{"gpt-5-nano": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 5e-08, "cache_read_input_token_cost": 5e-09,
			  "output_cost_per_token": 4e-07, "input_cost_per_token_priority": 2.5e-06,
			  "input_cost_per_token_flex": 2.5e-08, "cache_read_input_token_cost_flex": 2.5e-09, "output_cost_per_token_flex": 2e-07}}`,
			"openai", "gpt-5-nano", "mtok: {input: 0.05, cache_read: 0.005, output: 0.4}, modes: [{tier: [flex], times: 0.5}]", "",
		},
		"an hour of cache below what it costs": {
			`{"claude-3-opus-20240229": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 1.5e-06,
			  "cache_creation_input_token_cost": 1.875e-05, "cache_creation_input_token_cost_above_1hr": 6e-06, "output_cost_per_token": 7.5e-05}}`,
			"anthropic", "claude-3-opus-20240229", "mtok: {input: 15, cache_read: 1.5, cache_write: 18.75, cache_write_1h: 30, output: 75}", "",
		},
		"an hour of cache above what it costs": {
			`{"claude-3-haiku-20240307": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 2.5e-07, "cache_read_input_token_cost": 3e-08,
			  "cache_creation_input_token_cost": 3e-07, "cache_creation_input_token_cost_above_1hr": 6e-06, "output_cost_per_token": 1.25e-06}}`,
			"anthropic", "claude-3-haiku-20240307", "mtok: {input: 0.25, cache_read: 0.03, cache_write: 0.3125, cache_write_1h: 0.5, output: 1.25}", "",
		},
		"a profile of one region without its tenth": {
			`{"anthropic.claude-opus-4-5-20251101-v1:0": {"litellm_provider": "bedrock_converse", "mode": "chat", "input_cost_per_token": 5e-06, "output_cost_per_token": 2.5e-05},
			  "eu.anthropic.claude-opus-4-5-20251101-v1:0": {"litellm_provider": "bedrock_converse", "mode": "chat", "input_cost_per_token": 5e-06, "output_cost_per_token": 2.5e-05}}`,
			"aws.bedrock", "eu.anthropic.claude-opus-4-5-20251101-v1:0", "", "",
		},
		"nothing, of a model that is not free": {
			`{"together_ai/Qwen/Qwen2.5-72B-Instruct-Turbo": {"litellm_provider": "together_ai", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}}`,
			"together_ai", "qwen/qwen2.5-72b-instruct-turbo", "", "costs nothing, and is not on the list of what is free",
		},
		"a second, rounded": {
			`{"groq/whisper-x": {"litellm_provider": "groq", "mode": "audio_transcription", "input_cost_per_second": 3.083e-05, "output_cost_per_second": 0}}`,
			"groq", "whisper-x", "fees: {hour: 0.111}", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, dropped := readOne(t, tc.entry, tc.provider, tc.model)
			assert.Equal(t, tc.want, got)
			if tc.dropped == "" {
				assert.Empty(t, dropped)
			} else if assert.Len(t, dropped, 1) {
				assert.Contains(t, dropped[0], tc.dropped)
			}
		})
	}
}
