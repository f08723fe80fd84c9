package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/semconv"
)

func TestOpenAIAgents(t *testing.T) {
	c := readUnder(t, "openai-agents@0.20.0", attrs{
		"openai_agents.span.type": "generation", "openai_agents.model": "gpt-5-mini", "openai_agents.response.model": "gpt-5-mini-2026-03-01",
		"openai_agents.response.id": "chatcmpl-1", "openai_agents.group_id": "conv-42", "openai_agents.workflow_name": "trip",
		"openai_agents.model_config": `{"temperature":0.2}`,
		"openai_agents.usage": `{"prompt_tokens":1037,"completion_tokens":211,"total_tokens":1248,"prompt_tokens_details":{"cached_tokens":512},` +
			`"completion_tokens_details":{"reasoning_tokens":64}}`,
	})
	assert.Equal(t, "openai_agents", c.Dialect)
	assert.Equal(t, []string{semconv.RoleLLM, "chat", "gpt-5-mini", "gpt-5-mini-2026-03-01", "chatcmpl-1", "conv-42", "trip"},
		[]string{c.Role, c.Operation, c.RequestModel, c.ResponseModel, c.ResponseID, c.ConversationID, c.WorkflowName})
	assert.Equal(t, []Count{known(1037), known(211), known(512), known(64)}, []Count{c.Usage.Input, c.Usage.Output, c.Usage.CacheRead, c.Usage.Reasoning})
	assert.False(t, c.Usage.CacheWrite.Known)

	// The SDK's own names count cached input within the input, whatever the model is called.
	c = readUnder(t, "x", attrs{
		"openai_agents.span.type": "turn", "openai_agents.agent.name": "weather-agent",
		"openai_agents.usage": `{"input_tokens":1037,"output_tokens":211,"cached_input_tokens":512,"cache_write_input_tokens":0}`,
	})
	assert.Equal(t, []string{semconv.RoleStep, semconv.UsageRoleAggregate, "weather-agent"}, []string{c.Role, c.UsageRole, c.AgentName})
	assert.Equal(t, []Count{known(1037), known(512), known(0)}, []Count{c.Usage.Input, c.Usage.CacheRead, c.Usage.CacheWrite})
	assert.False(t, c.Usage.Reasoning.Known)
}

// The Python SDK counts a request whose provider gave no usage, with zeros that nobody reported.
func TestOpenAIAgentsUsageOfNobody(t *testing.T) {
	c := readUnder(t, "x", attrs{"openai_agents.span.type": "generation", "openai_agents.model": "m", "openai_agents.usage": `{"requests":1,"input_tokens":0,"output_tokens":0,` +
		`"total_tokens":0,"input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":0}}`})
	assert.Equal(t, semconv.UsageRoleCall, c.UsageRole)
	assert.False(t, c.Usage.Any())
	assert.Equal(t, semconv.UsageSourceMissing, c.Usage.Source)
}

func TestOpenAIAgentsRoles(t *testing.T) {
	for kind, want := range map[string]string{
		"generation": semconv.RoleLLM, "response": semconv.RoleLLM, "agent": semconv.RoleAgent, "function": semconv.RoleTool,
		"guardrail": semconv.RoleGuardrail, "turn": semconv.RoleStep, "handoff": semconv.RoleStep, "task": semconv.RoleWorkflow,
		"trace": semconv.RoleWorkflow, "mcp_tools": semconv.RoleOther, "custom": semconv.RoleOther,
	} {
		assert.Equal(t, want, readUnder(t, "x", attrs{"openai_agents.span.type": kind}).Role, kind)
	}
}
