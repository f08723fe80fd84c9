package conformance

import (
	"fmt"
	"strings"
)

// Result is what the store says of a case. Only rows with usage_role call count.
type Result struct {
	Case string `json:"case"`
	// Calls are those that succeeded, FailedCalls those that are visible as failed.
	Calls       int `json:"calls"`
	FailedCalls int `json:"failed_calls"`
	Tokens
	Aggregates int `json:"aggregates"`
	Duplicates int `json:"duplicates"`
	// Missing are calls without token counts, MissingReasons why.
	Missing        int            `json:"missing"`
	MissingReasons map[string]int `json:"missing_reasons,omitempty"`
}

// Meets reports whether the result is exactly what the bytes allow.
func (r *Result) Meets(e *Expectation) bool {
	return r.Calls == e.Calls && r.FailedCalls == e.FailedCalls && r.Tokens.equal(e.Tokens)
}

func (t Tokens) equal(o Tokens) bool {
	a, b := t.list(), o.list()
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && *a[i] != *b[i] {
			return false
		}
	}
	return true
}

func (t Tokens) list() [5]*int64 {
	return [...]*int64{t.Input, t.Output, t.CacheRead, t.CacheWrite, t.Reasoning}
}

// String is input/output/cache read/cache write/reasoning, with ? for unknown.
func (t Tokens) String() string {
	var parts []string
	for _, n := range t.list() {
		if n == nil {
			parts = append(parts, "?")
		} else {
			parts = append(parts, fmt.Sprint(*n))
		}
	}
	return strings.Join(parts, " / ")
}

// Difference says in words what a result has and what it should have.
func (r *Result) Difference(e *Expectation) string {
	return fmt.Sprintf("%s: calls %d, failed %d, tokens %s; expected calls %d, failed %d, tokens %s",
		r.Case, r.Calls, r.FailedCalls, r.Tokens, e.Calls, e.FailedCalls, e.Tokens)
}
