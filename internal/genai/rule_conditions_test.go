package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestServiceTier(t *testing.T) {
	assert.Equal(t, "default", readUnder(t, "x", chat(attrs{"openai.request.service_tier": "priority", "openai.response.service_tier": "default"})).ServiceTier)
	assert.Equal(t, "flex", readUnder(t, "x", chat(attrs{"gen_ai.openai.request.service_tier": "flex"})).ServiceTier)
	assert.Empty(t, readUnder(t, "x", chat(attrs{"openai.request.service_tier": "priority"})).ServiceTier, "may have been downgraded")
	c := readUnder(t, "com.anthropic.sdk.typescript@1.12.0", chat(attrs{"anthropic.response.service_tier": "batch"}))
	assert.True(t, c.Batch)
}
