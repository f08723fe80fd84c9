package event

import "fmt"

// Codes of rejections. Clients may branch on them; they are never renamed.
const (
	CodeNotAnObject      = "not_an_object"
	CodeSyntax           = "invalid_json"
	CodeMissingField     = "missing_field"
	CodeInvalidType      = "invalid_type"
	CodeInvalidValue     = "invalid_value"
	CodeInvalidNumber    = "invalid_number"
	CodeInvalidTokens    = "invalid_tokens"
	CodeInvalidCost      = "invalid_cost"
	CodeInvalidTime      = "invalid_time"
	CodeInvalidID        = "invalid_id"
	CodeInvalidOp        = "invalid_op"
	CodeTooLarge         = "too_large"
	CodeTooDeep          = "too_deep"
	CodeTooManyFields    = "too_many_fields"
	CodeUsageNotAllowed  = "usage_not_allowed"
	CodeMergeTarget      = "merge_target_missing"
	CodeUnsupportedEvent = "unsupported_event"
)

// Rejection says why one event of a request was not taken.
type Rejection struct {
	// Index counts from 0 in the request, or is the line of an NDJSON body.
	Index int `json:"index"`
	// ID is the event's own id, if it had a usable one.
	ID      string `json:"id,omitempty"`
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (r *Rejection) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("event %d: %s", r.Index, r.Message)
	}
	return fmt.Sprintf("event %d: %s: %s", r.Index, r.Field, r.Message)
}
