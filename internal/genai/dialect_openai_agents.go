package genai

import (
	"github.com/watchllm/watchllm/internal/semconv"
)

// openAIAgents is what becomes of the trace ingestion of the OpenAI Agents SDKs here; the format has no attributes of its own. With
// Chat Completions a generation has the answer and its usage. With the Responses API a response span has an id and, from Python, the
// usage; from JavaScript the turn around it is all that knows the counts. A task sums its turns.
var openAIAgents = &dialect{
	name:    "openai_agents",
	scopes:  []string{"openai-agents"},
	markers: []string{"openai_agents.span.type"},
	scoped:  []string{"openai_agents.*"},
	kind:    kindOfOpenAIAgents,
	adjust:  adjustOpenAIAgents,
	rows: []row{
		{fieldKind, []string{"openai_agents.span.type"}},
		{fieldRequestModel, []string{"openai_agents.model"}},
		{fieldResponseModel, []string{"openai_agents.response.model"}},
		{fieldResponseID, []string{"openai_agents.response.id"}},
		{fieldResponseTier, []string{"openai_agents.response.service_tier"}},
		{fieldFinishReasons, []string{"openai_agents.response.finish_reasons"}},
		{fieldInvocationParameters, []string{"openai_agents.model_config"}},
		{fieldUsageJSON, []string{"openai_agents.usage"}},
		{fieldInputValue, []string{"openai_agents.input"}},
		{fieldOutputValue, []string{"openai_agents.output"}},
		{fieldConversationID, []string{"openai_agents.group_id"}},
		{fieldWorkflowName, []string{"openai_agents.workflow_name"}},
		{fieldAgentName, []string{"openai_agents.agent.name"}},
		{fieldErrorType, []string{"error.type"}},
		{fieldTTFT, []string{"openai_agents.time_to_first_content"}},
	},
	// cached_input_tokens is a name of the SDK's own for a part of the input, as with the API it was made for.
	cacheMeans: func(r *reading) semantics {
		if r.facts.has(fieldUsageJSON) && r.means == semanticsUnknown {
			return includesCache
		}
		return semanticsUnknown
	},
}

func kindOfOpenAIAgents(kind string) (role, operation string) {
	switch kind {
	case "generation", "response", "transcription", "speech":
		return semconv.RoleLLM, "chat"
	case "agent":
		return semconv.RoleAgent, "invoke_agent"
	case "function":
		return semconv.RoleTool, "execute_tool"
	case "guardrail":
		return semconv.RoleGuardrail, ""
	case "turn", "handoff", "speech_group":
		return semconv.RoleStep, "agent_step"
	case "task", "trace":
		return semconv.RoleWorkflow, "invoke_workflow"
	default:
		return semconv.RoleOther, ""
	}
}

func adjustOpenAIAgents(r *reading) {
	u := r.usage
	if usage := r.facts.jsonFact(fieldUsageJSON); usage != "" {
		r.usageJSON(usage, true)
		for _, n := range []struct {
			name string
			dst  *Count
		}{{"cached_input_tokens", &u.CacheRead}, {"cache_write_input_tokens", &u.CacheWrite}} {
			if !n.dst.Known {
				count, flags := jsonCountMember(usage, n.name)
				*n.dst = count
				u.Flags |= flags
			}
		}
	}
	// A call that the provider answered without usage is written down with zeros.
	if u.Input.Known && u.Output.Known && !u.Metered() && u.Input.N == 0 && u.Output.N == 0 {
		flags := u.Flags
		*u = Usage{Flags: flags}
	}
	r.requestParameters(r.facts.jsonFact(fieldInvocationParameters))
	role, _ := kindOfOpenAIAgents(r.facts.str(fieldKind))
	r.nameAfterSpan(role)
	r.placeInputAndOutput(role)
}
