package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// logfire is Logfire's instrumentation of the OpenAI and Anthropic clients. The provider's answer stands in response_data. A stream
// makes two spans: the request's, which ends before anything came, and "streaming response from ...", a span of no length that has the
// answer.
var logfire = &dialect{
	name:   "logfire",
	scopes: []string{"logfire*"},
	scoped: []string{"request_data", "response_data"},
	hints:  []string{"logfire.msg_template", "logfire.msg", "logfire.span_type"},
	adjust: adjustLogfire,
	rows: onTopOf(genAIRows,
		row{fieldAskedJSON, []string{"request_data"}},
		row{fieldAnswerJSON, []string{"response_data"}},
	),
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
	if c.Provider == "" {
		c.Provider = normaliseProvider(strings.TrimPrefix(r.scope.Name, "logfire."))
	}
	_, raised := exceptionOf(r.span)
	switch {
	case answer == "" && c.Stream && !raised && f.str(fieldErrorType) == "":
		r.role, r.operation = semconv.RoleStep, "agent_step"
		return
	case c.Operation == "":
		r.role, r.operation = semconv.RoleLLM, "chat"
		if isEmbedding(r) {
			r.role, r.operation = semconv.RoleEmbedding, "embeddings"
		}
	}
	r.answerUsage(answer)
	f.adopt(fieldInputMessages, fieldAskedJSON)
	f.adopt(fieldOutputMessages, fieldAnswerJSON)
}
