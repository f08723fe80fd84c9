package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// googleADK is Google's Agent Development Kit. Its model call (the span is named call_llm) has no operation name in most versions; what
// only a model call has is the request. Output is Gemini's candidate count, which leaves thoughts out; newer versions that name
// reasoning as the convention does include them.
var googleADK = &dialect{
	name:    "google_adk",
	scopes:  []string{"gcp.vertex.agent"},
	markers: []string{"gcp.vertex.agent.*", "gen_ai.usage.experimental.*"},
	scoped:  []string{"gen_ai.*"},
	adjust:  adjustADK,
	strict:  true,
	rows: onTopOf(genAIRows,
		row{fieldAskedJSON, []string{"gcp.vertex.agent.llm_request"}},
		row{fieldAnswerJSON, []string{"gcp.vertex.agent.llm_response"}},
		row{fieldToolArguments, []string{"gcp.vertex.agent.tool_call_args"}},
		row{fieldToolResult, []string{"gcp.vertex.agent.tool_response"}},
		row{fieldConversationID, []string{"gcp.vertex.agent.session_id"}},
		row{fieldOutputDetail, []string{"gen_ai.usage.experimental.reasoning_tokens"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache }, // counts of other providers are made to look like Gemini's
}

func adjustADK(r *reading) {
	f, c, u := r.facts, r.call, r.usage
	if c.Operation == "" && f.has(fieldAskedJSON) && c.RequestModel != "" {
		r.role, r.operation = semconv.RoleLLM, "chat"
	}
	role, _ := roleOfOperation(c.Operation)
	if r.role != semconv.RoleLLM && role != semconv.RoleLLM {
		return
	}
	c.Provider = providerOfADK(c.RequestModel, c.Provider)
	if f.has(fieldOutputDetail) && !u.Reasoning.Known {
		r.count(&u.Reasoning, fieldOutputDetail)
		r.reasoningApart = true
	}
	if answer := f.jsonFact(fieldAnswerJSON); len(answer) > len("{}") {
		r.answerOfADK(answer)
	} else if f.has(fieldAnswerJSON) {
		// Content is left out, and with it the only word of thoughts.
		r.outputLacksReasoning = u.Output.Known && !u.Reasoning.Known && strings.HasPrefix(c.RequestModel, "gemini")
	}
	if asked := f.jsonFact(fieldAskedJSON); len(asked) > len("{}") {
		f.adopt(fieldInputMessages, fieldAskedJSON)
		r.requestParameters(jsonContainer(asked, "config"))
	}
}

// answerOfADK completes the counts of the attributes, which know neither cached input nor thoughts, from Gemini's own object.
func (r *reading) answerOfADK(answer string) {
	f, u := r.facts, r.usage
	f.adopt(fieldOutputMessages, fieldAnswerJSON)
	reasoning, output := u.Reasoning.Known, u.Output
	r.answerUsage(answer)
	if !reasoning && u.Reasoning.N > 0 && output.Known && u.Output == output && !sumsUp(u) {
		r.reasoningApart = true
	}
	r.answerReason(answer)
	// Only an answer without counts failed: a filtered or cut off one has an error code, too.
	r.failed = !u.Any() && (jsonScalarMember(answer, "errorCode") != "" || jsonScalarMember(answer, "error_code") != "")
}

// providerOfADK knows better than gen_ai.system, which always says that it is Google's: models of others are named provider/model.
func providerOfADK(model, provider string) string {
	if prefix, _, ok := strings.Cut(model, "/"); ok {
		if known := normaliseProvider(prefix); KnownProvider(known) {
			return known
		}
	}
	if strings.HasPrefix(model, "gemini") {
		return provider
	}
	return ""
}
