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
	scoped:  []string{"gen_ai.*", "logfire.msg", "model_name"},
	adjust:  adjustPydanticAI,
	rows: onTopOf(genAIRows,
		row{fieldAgentName, []string{"agent_name"}},
		row{fieldModel, []string{"model_name"}},
		row{fieldUsageDetail, []string{"gen_ai.aggregated_usage.input_tokens"}},
		row{fieldOutputDetail, []string{"gen_ai.aggregated_usage.output_tokens"}},
		row{fieldMoreInput, []string{"gen_ai.aggregated_usage.cache_read.input_tokens", "gen_ai.aggregated_usage.details.cache_read_tokens"}},
		row{fieldMoreOutput, []string{"gen_ai.aggregated_usage.details.reasoning_tokens"}},
		row{fieldToolArguments, []string{"tool_arguments"}},
		row{fieldToolResult, []string{"tool_response"}},
		row{fieldInputValue, []string{"pydantic_ai.all_messages", "all_messages_events", "events"}},
		row{fieldOutputValue, []string{"final_result"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache },
}

func adjustPydanticAI(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	f.adopt(fieldInputMessages, fieldInputValue)
	role, known := roleOfOperation(c.Operation)
	if !known && (f.has(fieldOutputValue) || f.has(fieldUsageDetail) || f.has(fieldModel) && f.has(fieldAgentName)) {
		r.role, r.operation = semconv.RoleAgent, "invoke_agent"
		role = r.role
	}
	if role != semconv.RoleAgent {
		return
	}
	f.adopt(fieldOutputMessages, fieldOutputValue)
	for _, t := range [...]struct {
		dst *Count
		id  field
	}{{&u.Input, fieldUsageDetail}, {&u.Output, fieldOutputDetail}, {&u.CacheRead, fieldMoreInput}, {&u.Reasoning, fieldMoreOutput}} {
		if !t.dst.Known {
			r.count(t.dst, t.id)
		}
	}
}
