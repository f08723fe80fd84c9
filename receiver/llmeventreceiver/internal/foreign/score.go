package foreign

import (
	"encoding/hex"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Score is an evaluation or a piece of feedback about a span or a trace.
type Score struct {
	// ID is the idempotency key; TraceID and SpanID are the vendor's ids, as in a Part.
	ID, TraceID, SpanID, SessionID string
	Name                           string
	// Value is the figure, Label the word of a categorical score; either may be missing.
	Value       float64
	HasValue    bool
	Label       string
	Explanation string
	Source      string
	Time        time.Time
	Attributes  pcommon.Map
}

// NewScore returns a score with an empty map.
func NewScore() Score { return Score{Attributes: pcommon.NewMap()} }

// Identify gives a score that has no id one that the same score gets again.
func (s *Score) Identify() {
	if s.ID == "" {
		s.ID = hex.EncodeToString(digest("score", s.TraceID, s.SpanID, s.SessionID, s.Name, s.Label, s.Explanation, s.Source,
			strconv.FormatFloat(s.Value, 'g', -1, 64), s.Time.UTC().Format(time.RFC3339Nano))[:16])
	}
}
