package pricing

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSuggest(t *testing.T) {
	b := book(t)
	for _, tc := range []struct{ provider, model, want string }{
		{"openai", "gpt-4o-minni", "openai/gpt-4o-mini"},
		{"openai", "gpt_5.4_mini", "openai/gpt-5.4-mini"},
		{"anthropic", "opus-claude-4-5", "anthropic/claude-opus-4-5"},
		{"", "claude-opus-4-88", "anthropic/claude-opus-4-8"},
		{"acme", "vendor/claude-opus-4-8x", "anthropic/claude-opus-4-8"},
	} {
		got := b.Suggest(tc.provider, tc.model)
		assert.Contains(t, got, tc.want, "%s %s", tc.provider, tc.model)
		assert.LessOrEqual(t, len(got), 3)
		assert.Equal(t, got, b.Suggest(tc.provider, tc.model), "the same every time")
		// Nobody is charged by resemblance.
		r := b.Price(&Call{Provider: tc.provider, RequestModel: tc.model, Time: july, Usage: Usage{Input: n(1), Output: n(1)}})
		assert.Equal(t, Result{Status: StatusUnknownModel}, r, "%s %s", tc.provider, tc.model)
	}
	assert.Empty(t, b.Suggest("", ""))
	assert.Empty(t, b.Suggest("openai", "acme-internal-llm-v3"))
	assert.Empty(t, b.Suggest("openai", strings.Repeat("x", maxName+1)))
	for _, id := range b.Suggest("openai", "gpt-4.2") {
		require.True(t, strings.HasPrefix(id, "openai/"), id)
	}
}
