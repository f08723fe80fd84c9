package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// logfire is Logfire's instrumentation of the OpenAI and Anthropic clients. The provider's answer stands in response_data, in newer
// versions its usage object in gen_ai.usage.raw. A stream makes two spans: the request's, which ends before anything came, and
// "streaming response from ...", a span of no length that has the answer.
var logfire = &dialect{
	name:   "logfire",
	scopes: []string{"logfire*"},
	scoped: []string{"request_data", "response_data"},
	hints:  []string{"logfire.msg_template", "logfire.msg", "logfire.span_type"},
	adjust: adjustLogfire,
	rows: onTopOf(genAIRows,
		row{fieldAskedJSON, []string{"request_data"}},
		row{fieldAnswerJSON, []string{"response_data"}},
		row{fieldLevel, []string{"logfire.span_type"}},
	),
	cacheMeans: func(*reading) semantics { return includesCache }, // of its own counts; the provider's spelling tells of the others
}

func adjustLogfire(r *reading) {
	f, c := r.facts, r.call
	asked, answer := f.jsonFact(fieldAskedJSON), f.jsonFact(fieldAnswerJSON)
	if c.RequestModel == "" {
		c.RequestModel = jsonStringMember(asked, "model")
	}
	if c.RequestModel == "" {
		return // a call of another API of the client
	}
	r.requestParameters(asked)
	if f.str(fieldLevel) == "log" && !c.StreamKnown {
		c.Stream, c.StreamKnown = true, true
	}
	if c.Provider == "" {
		c.Provider = normaliseProvider(strings.TrimPrefix(r.scope.Name, "logfire."))
	}
	r.answerReason(answer)
	r.answerUsage(answer)
	f.adopt(fieldInputMessages, fieldAskedJSON)
	f.adopt(fieldOutputMessages, fieldAnswerJSON)
	switch {
	case r.unanswered():
		r.role, r.operation = semconv.RoleStep, "agent_step"
	case c.Operation == "":
		r.role, r.operation = semconv.RoleLLM, "chat"
		if isEmbedding(r) {
			r.role, r.operation = semconv.RoleEmbedding, "embeddings"
		}
	}
}

// unanswered tells the request of a stream: it did not fail, and yet nothing came back.
func (r *reading) unanswered() bool {
	f := r.facts
	_, raised := exceptionOf(r.span)
	return !raised && r.span.Status().Code() != ptrace.StatusCodeError && f.str(fieldErrorType) == "" &&
		!r.usage.Any() && !f.has(fieldOutputMessages) && !f.has(fieldFinishReasons) && r.call.ResponseID == ""
}
