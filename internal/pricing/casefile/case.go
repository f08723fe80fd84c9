package casefile

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Case is one line of a case file. Every field may be missing; fields that decide nothing are not read.
type Case struct {
	ID            string         `json:"id"`
	Category      string         `json:"category"`
	Provider      string         `json:"provider"`
	RequestModel  string         `json:"request_model"`
	ResponseModel string         `json:"response_model"`
	Timestamp     Time           `json:"timestamp"`
	ServiceTier   string         `json:"service_tier"` // that served the call
	Batch         bool           `json:"batch"`
	Operation     string         `json:"operation"`
	ServerAddress string         `json:"server_address"`
	Extra         map[string]any `json:"extra"` // conditions of the price that have no field

	// The three descriptions. Numbers are json.Number.
	Normalized map[string]any `json:"normalized"`      // canonical counts under short names; zeros may be left out
	UsageShape string         `json:"usage_shape"`     // whose usage object UsageRaw is
	UsageRaw   map[string]any `json:"usage_raw"`       // as the provider sent it
	Attributes map[string]any `json:"otel_attributes"` // of the span, with the scope's name under otel.scope.name

	Disputed *Disputed `json:"disputed"`
	Expected *Expected `json:"expected"`
}

// Disputed is a second figure that is as defensible as the expected one.
type Disputed struct {
	CostB Figure `json:"cost_b"`
}

// Expected is what a case must come to.
type Expected struct {
	Status     string  `json:"status"`
	Cost       *Figure `json:"cost_usd"` // nil when there must be none
	Arithmetic string  `json:"arithmetic"`
}

// Outcome is what a case came to, as it is printed. Cost is an exact decimal in USD, nil when there is none.
type Outcome struct {
	ID      string  `json:"id"`
	Status  string  `json:"status"`
	Cost    *Figure `json:"cost_usd"`
	Assumed string  `json:"assumed"`
}

// Statuses of an outcome that are not those of a price.
const (
	StatusPriced         = "priced"
	StatusPartialUnknown = "partial_unknown"
	StatusSkipAggregate  = "skip_aggregate"
)

// OutcomeOf is a price as an outcome.
func OutcomeOf(id string, r *pricing.Result) Outcome {
	out := Outcome{ID: id, Status: string(r.Status), Assumed: r.Assumed}
	switch r.Status {
	case pricing.StatusExact, pricing.StatusAssumed, pricing.StatusEstimated:
		out.Status = StatusPriced
	case pricing.StatusPartial:
		out.Status = StatusPartialUnknown
	default:
	}
	if r.Amount.Known {
		f := Figure(r.Amount.String())
		out.Cost = &f
	}
	return out
}

// Judged reports whether the case says what it must come to.
func (c *Case) Judged() bool { return c.Expected != nil && c.Expected.Status != "" }

// Passes reports whether an outcome is what the case demands: the same status and the same amount to the last digit. Of a disputed
// case either figure will do, as long as the assumption is named.
func (c *Case) Passes(o *Outcome) bool {
	want := c.Expected
	if !c.Judged() || o.Status != want.Status {
		return false
	}
	if want.Cost == nil || o.Cost == nil {
		return want.Cost == nil && o.Cost == nil
	}
	if c.Disputed != nil && o.Assumed == "" {
		return false
	}
	return sameAmount(*o.Cost, *want.Cost) || c.Disputed != nil && sameAmount(*o.Cost, c.Disputed.CostB)
}

func sameAmount(a, b Figure) bool {
	x, err1 := pricing.ParseAmount(string(a))
	y, err2 := pricing.ParseAmount(string(b))
	return err1 == nil && err2 == nil && x == y
}

// Figure is a decimal, written as a string and read from a string or a number.
type Figure string

// UnmarshalJSON takes "0.1" and 0.1.
func (f *Figure) UnmarshalJSON(b []byte) error {
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("%s: a decimal figure", b)
	}
	*f = Figure(n)
	return nil
}

// UnmarshalJSON takes {"cost_b": "0.1"} and, as a dispute without a second figure, anything else.
func (d *Disputed) UnmarshalJSON(b []byte) error {
	type plain Disputed
	_ = json.Unmarshal(b, (*plain)(d))
	return nil
}

// Time is a time, or zero when none was given.
type Time struct{ time.Time }

// UnmarshalJSON takes RFC 3339 times, also without a zone (UTC), and days.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil || s == "" {
		return err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z", time.DateOnly} {
		if when, err := time.Parse(layout, s); err == nil {
			t.Time = when
			return nil
		}
	}
	return fmt.Errorf("timestamp %q: a time as 2026-07-15T12:00:00Z or a day as 2026-07-15", s)
}
