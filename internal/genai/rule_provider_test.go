package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProvider(t *testing.T) {
	for raw, want := range map[string]string{
		"openai": "openai", "OpenAI": "openai", "Anthropic": "anthropic", "az.ai.openai": "azure.ai.openai", "vertex_ai": "gcp.vertex_ai",
		"xai": "x_ai", "mistral": "mistral_ai", "watsonx": "ibm.watsonx.ai", "openai.chat": "openai", "anthropic.messages": "anthropic",
		"Azure OpenAI": "azure.ai.openai", "google.generative-ai": "gcp.gemini", "google.vertex.chat": "gcp.vertex_ai", "gcp.gemini": "gcp.gemini", "AWS.Bedrock": "aws.bedrock",
		"langchain": "", "Unknown": "", "google-gla": "gcp.gemini", "strands-agents": "", "acme-llm": "acme-llm", "": "", ".": ".",
	} {
		assert.Equal(t, want, normaliseProvider(raw), raw)
	}
	assert.True(t, KnownProvider("anthropic"))
	assert.False(t, KnownProvider("az.ai.openai"))
	assert.False(t, KnownProvider("acme-llm"))
	assert.False(t, KnownProvider(""))
}
