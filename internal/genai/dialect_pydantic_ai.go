package genai

import (
	"github.com/watchllm/watchllm/internal/semconv"
)

// pydanticAI is Pydantic AI's own instrumentation. The span of a run repeats the counts of its requests, under gen_ai.usage.* in older
// versions and under gen_ai.aggregated_usage.* since; old runs name no operation. Input includes cached tokens.
var pydanticAI = &dialect{
	name:    "pydantic_ai",
	scopes:  []string{"pydantic-ai*"},
	markers: []string{"pydantic_ai.*", "model_request_parameters", "gen_ai.aggregated_usage.*", "all_messages_events"},
	scoped:  []string{"gen_ai.*", "model_name"},
	adjust:  adjustPydanticAI,
	rows: onTopOf(genAIRows,
		row{fieldAgentName, []string{"agent_name"}},
		row{fieldModel, []string{"model_name"}},
		row{fieldInput, []string{"gen_ai.aggregated_usage.input_tokens"}},
		row{fieldOutput, []string{"gen_ai.aggregated_usage.output_tokens"}},
		row{fieldCacheRead, []string{
			"gen_ai.aggregated_usage.cache_read.input_tokens", "gen_ai.aggregated_usage.details.cache_read_tokens",
			"gen_ai.aggregated_usage.details.cached_tokens",
		}},
		row{fieldCacheWrite, []string{
			"gen_ai.aggregated_usage.cache_write.input_tokens", "gen_ai.aggregated_usage.cache_creation.input_tokens",
			"gen_ai.aggregated_usage.details.cache_write_tokens", "gen_ai.aggregated_usage.details.cache_creation_input_tokens",
		}},
		row{fieldReasoning, []string{
			"gen_ai.aggregated_usage.reasoning.output_tokens", "gen_ai.aggregated_usage.details.reasoning_tokens",
			"gen_ai.aggregated_usage.details.thoughts_tokens",
		}},
		row{fieldToolArguments, []string{"tool_arguments"}},
		row{fieldToolResult, []string{"tool_response"}},
		row{fieldInputValue, []string{"pydantic_ai.all_messages", "all_messages_events", "events"}},
		row{fieldOutputValue, []string{"final_result"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}

func adjustPydanticAI(r *reading) {
	f := r.facts
	role, known := roleOfOperation(r.call.Operation)
	if !known && (f.has(fieldOutputValue) || f.has(fieldModel) && f.has(fieldAgentName)) {
		r.role, r.operation = semconv.RoleAgent, "invoke_agent"
		role = r.role
	}
	r.placeInputAndOutput(role)
}
