package conformance

import (
	"fmt"

	"github.com/watchllm/watchllm/internal/captures"
)

// Result is what the store says of a case. Only rows with usage_role call count.
type Result struct {
	Case string `json:"case"`
	// Calls are those that succeeded, FailedCalls those that are visible as failed.
	Calls       int `json:"calls"`
	FailedCalls int `json:"failed_calls"`
	captures.Tokens
	Aggregates int `json:"aggregates"`
	Duplicates int `json:"duplicates"`
	// Missing are calls without token counts, MissingReasons why.
	Missing        int            `json:"missing"`
	MissingReasons map[string]int `json:"missing_reasons,omitempty"`
}

// Meets reports whether the result is exactly what the bytes allow.
func (r *Result) Meets(e *captures.Figures) bool {
	return r.Calls == e.Calls && r.FailedCalls == e.FailedCalls && r.Tokens.Equal(e.Tokens)
}

// Difference says in words what a result has and what it should have.
func (r *Result) Difference(e *captures.Figures) string {
	return fmt.Sprintf("%s: calls %d, failed %d, tokens %s; expected calls %d, failed %d, tokens %s",
		r.Case, r.Calls, r.FailedCalls, r.Tokens, e.Calls, e.FailedCalls, e.Tokens)
}
