package genai

import (
	"github.com/watchllm/watchllm/internal/semconv"
)

// placeInputAndOutput gives the input and output that a dialect keeps under one pair of names for every kind of span the meaning they
// have for this kind.
func (r *reading) placeInputAndOutput(role string) {
	f := r.facts
	switch role {
	case semconv.RoleTool:
		f.adopt(fieldToolArguments, fieldInputValue)
		f.adopt(fieldToolResult, fieldOutputValue)
	case semconv.RoleRetrieval:
		f.adopt(fieldRetrievalQuery, fieldInputValue)
	case semconv.RoleLLM, semconv.RoleAgent, semconv.RoleWorkflow:
		f.adopt(fieldInputMessages, fieldInputValue)
		f.adopt(fieldOutputMessages, fieldOutputValue)
	}
}

// nameAfterSpan takes the span's name for the tool's or the agent's where the dialect has no other place for it.
func (r *reading) nameAfterSpan(role string) {
	c := r.call
	switch {
	case role == semconv.RoleTool && c.ToolName == "":
		c.ToolName = r.span.Name()
	case role == semconv.RoleAgent && c.AgentName == "":
		c.AgentName = r.span.Name()
	}
}

// reportCost takes a cost that stands in JSON as if it were an attribute.
func (r *reading) reportCost(amount string) {
	if v, ok := parameterValue(amount); ok {
		r.facts.put(fieldReportedCost, v)
	}
}
