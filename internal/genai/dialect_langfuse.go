package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// langfuse is what the Langfuse SDKs send over OTLP, and what becomes of Langfuse's own JSON here. Their span processor adds
// langfuse.environment, langfuse.release and the like to spans of any other instrumentation: only langfuse.observation.* makes a span
// one of theirs.
var langfuse = &dialect{
	name:    "langfuse",
	scopes:  []string{"langfuse-sdk*"},
	markers: []string{"langfuse.observation.*"},
	scoped:  []string{"langfuse.*", "gen_ai.*"},
	kind:    kindOfLangfuse,
	adjust:  adjustLangfuse,
	rows: onTopOf(genAIRows,
		row{fieldKind, []string{"langfuse.observation.type"}},
		row{fieldModel, []string{"langfuse.observation.model.name"}},
		row{fieldInvocationParameters, []string{"langfuse.observation.model.parameters"}},
		row{fieldUsageJSON, []string{"langfuse.observation.usage_details"}},
		row{fieldCostJSON, []string{"langfuse.observation.cost_details"}},
		row{fieldFirstChunkAt, []string{"langfuse.observation.completion_start_time"}},
		row{fieldLevel, []string{"langfuse.observation.level"}},
		row{fieldInputValue, []string{"langfuse.observation.input"}},
		row{fieldOutputValue, []string{"langfuse.observation.output"}},
		row{fieldConversationID, []string{"langfuse.session.id", "langfuse.trace.session_id"}},
		row{fieldUserID, []string{"langfuse.user.id", "langfuse.trace.user_id"}},
		row{fieldPromptName, []string{"langfuse.observation.prompt.name"}},
		row{fieldPromptVersion, []string{"langfuse.observation.prompt.version"}},
	),
}

func kindOfLangfuse(kind string) (role, operation string) {
	switch strings.ToLower(kind) {
	case "generation":
		return semconv.RoleLLM, "chat"
	case "embedding":
		return semconv.RoleEmbedding, "embeddings"
	case "tool":
		return semconv.RoleTool, "execute_tool"
	case "retriever":
		return semconv.RoleRetrieval, "retrieval"
	case "agent":
		return semconv.RoleAgent, "invoke_agent"
	case "chain":
		return semconv.RoleWorkflow, "invoke_workflow"
	case "evaluator":
		return semconv.RoleEvaluator, ""
	case "guardrail":
		return semconv.RoleGuardrail, ""
	case "span":
		return semconv.RoleStep, ""
	case "event":
		return semconv.RoleOther, ""
	default:
		return "", ""
	}
}

func adjustLangfuse(r *reading) {
	f, c := r.facts, r.call
	r.failed = f.str(fieldLevel) == "ERROR"
	if usage := f.jsonFact(fieldUsageJSON); usage != "" {
		r.langfuseUsage(usage)
	}
	// On a failed call the client writes a cost of 0: absence of usage, not a free call.
	if cost := f.jsonFact(fieldCostJSON); cost != "" && r.usage.Any() {
		r.reportCost(jsonScalarMember(cost, "total"))
	}
	r.requestParameters(f.jsonFact(fieldInvocationParameters))
	if f.has(fieldFirstChunkAt) && !c.StreamKnown {
		c.Stream, c.StreamKnown = true, true
	}
	role, _ := kindOfLangfuse(f.str(fieldKind))
	if role == "" || c.Operation != "" {
		role, _ = roleOfOperation(c.Operation)
	}
	r.nameAfterSpan(role)
	r.placeInputAndOutput(role)
}

// langfuseUsage reads buckets. Version 5 of the JavaScript SDK takes the details out of input and output, so that the buckets add up to
// the total; version 3 sends the same names with input and output whole. Only the sum tells which of the two it is.
func (r *reading) langfuseUsage(usage string) {
	u := r.usage
	// The Python SDK hands on the provider's whole object, details inside details and all.
	r.usageJSON(usage, true)
	var sum, input, output int64
	var total Count
	jsonMembers(usage, func(name, value string) bool {
		n, flags := countText(jsonScalar(value), 0)
		if !n.Known {
			u.Flags |= flags & FlagNegativeCount
			return true
		}
		if name == "total" || name == "total_tokens" {
			total = n
			return true
		}
		sum += n.N
		if strings.Contains(name, "input") || strings.Contains(name, "prompt") {
			input += n.N
		} else if strings.Contains(name, "output") || strings.Contains(name, "completion") {
			output += n.N
		}
		langfuseBucket(u, name, n)
		return true
	})
	if total.Known {
		u.Total = total
	}
	if total.Known && total.N == sum && u.Input.Known && sum != u.Input.N+u.Output.N {
		r.inclusive = true
		u.Input, u.Output = known(input), known(output)
	}
}

// langfuseBucket puts one count where it belongs; other buckets only matter for the sum. Attributes of the span itself come first, as
// everywhere.
func langfuseBucket(u *Usage, name string, n Count) {
	var dst *Count
	switch name {
	case "input", "input_tokens", "prompt_tokens":
		dst = &u.Input
	case "output", "output_tokens", "completion_tokens":
		dst = &u.Output
	case "input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "input_cache_read_tokens", "input_cached", "cached_tokens":
		dst = &u.CacheRead
	case "input_cache_creation", "cache_creation_input_tokens", "input_cache_creation_tokens", "input_cache_write":
		dst = &u.CacheWrite
	case "input_cache_write_tokens":
		// OpenAI's Responses API has this field and always says 0: it knows no writes, which is not to say there were none.
		if n.N > 0 {
			dst = &u.CacheWrite
		}
	case "output_reasoning_tokens", "output_reasoning", "reasoning_tokens":
		dst = &u.Reasoning
	case "input_audio_tokens", "input_audio":
		dst = &u.AudioInput
	case "output_audio_tokens", "output_audio":
		dst = &u.AudioOutput
	}
	if dst != nil && !dst.Known {
		*dst = n
	}
}
