package genai

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Fact is what deciding about a span among others needs to know of it. It is taken from an Entry, or read back from the store: the
// decision must come out the same.
type Fact struct {
	// Tenant and Project are whose span it is: what belongs to others is never compared with it.
	Tenant   string
	Project  string
	TraceID  pcommon.TraceID
	SpanID   pcommon.SpanID
	ParentID pcommon.SpanID
	// Start and End are in nanoseconds since 1970.
	Start, End int64

	Role    string // semconv.Role*; an ordinary span between others is RoleOther
	Scope   string // instrumentation scope name
	Dialect string // convention the span was read as
	Service string // service.name
	Model   string // requested model, else the one that answered
	// FromLog is set for a span that llm_logs made from a log event, and Event names that event (event.name, else the span's name).
	FromLog bool
	Event   string

	Input, Output Count
	// Cached is what of the input was read from or written to a cache, 0 when that is unknown.
	Cached int64
	// Reasoned is what of the output was reasoning, 0 when that is unknown.
	Reasoned   int64
	Detail     Detail
	ResponseID string
	Outcome    string // semconv.Outcome*

	Handed  Handed
	Verdict Verdict
}

// Uncached is the input without what was cached: what a client calls input that leaves the cache out and does not say so.
func (f *Fact) Uncached() (n int64, ok bool) {
	return f.Input.N - f.Cached, f.Input.Known && f.Cached > 0 && f.Cached <= f.Input.N
}

// Unreasoned is the output without its reasoning: what a client calls output that leaves the reasoning out and does not say so.
func (f *Fact) Unreasoned() (n int64, ok bool) {
	return f.Output.N - f.Reasoned, f.Output.Known && f.Reasoned > 0 && f.Reasoned <= f.Output.N
}

// Detail says how much a span knows about the parts of its counts. Of two reports of one call the one that knows more counts.
type Detail uint8

// DetailOf rates what is known. A part above zero was really read from an answer; a zero may be a client's way to say "not given".
func DetailOf(cacheRead, cacheWrite, reasoning Count) Detail {
	var d Detail
	for _, c := range [...]Count{cacheRead, cacheWrite, reasoning} {
		if c.Known {
			d++
		}
		if c.Known && c.N > 0 {
			d += 4
		}
	}
	return d
}

// Handed is what an outer span of a call knows and hands down to the one that counts.
type Handed struct {
	ConversationID, UserID, AgentName, WorkflowName, PromptName, PromptVersion string
}

// Verdict is what Settle decides.
type Verdict struct {
	UsageRole string // semconv.UsageRole*
	Reason    string // semconv.UsageRoleReason*, empty when the span alone decides
	// CountedIn and CountedBy name the span that counts instead of a duplicate.
	CountedIn pcommon.TraceID
	CountedBy pcommon.SpanID
}

// FromAggregate reports whether a sum counts because no call of it is visible.
func (v *Verdict) FromAggregate() bool { return v.Reason == semconv.UsageRoleReasonNoCallVisible }

// Settle decides the usage role of every fact, and what is handed down, from the facts alone: the order in which the spans came, and
// what was decided before, change nothing. The facts may be of several traces and tenants; copies of one span get one verdict.
func Settle(facts []Fact) { settleWithout(facts, "") }

// settleRule is one way to see that several spans speak of one call. Each has its file and its test. The order matters: what ids and
// parents prove comes before what only times and counts suggest.
type settleRule struct {
	name  string
	apply func(s *settling)
}

var settleRules = []settleRule{
	{"log_of_span", settleLogsInSpans},
	{"same_response", settleSameResponse},
	{"wrapper", settleWrappers},
	{"same_tokens", settleSameTokens},
	{"log_near_span", settleLogsNearSpans},
	{"nearest_aggregate", settleAggregates},
	{"silent_calls", settleSilentCalls},
}

// settleWithout leaves one rule out, for the tests that prove each is needed.
func settleWithout(facts []Fact, skip string) {
	interesting := 0
	for i := range facts {
		f := &facts[i]
		f.Verdict = Verdict{UsageRole: ownUsageRole(f.Role, f.Input.Known || f.Output.Known)}
		if f.Verdict.UsageRole != semconv.UsageRoleNone {
			interesting++
		}
	}
	if interesting == 0 {
		return
	}
	s := newSettling(facts)
	defer s.release()
	for i := range settleRules {
		if settleRules[i].name != skip {
			settleRules[i].apply(s)
		}
	}
	s.write()
}

// Concerns reports whether the span reports usage or should: the others only show how these hang together.
func Concerns(f *Fact) bool {
	return ownUsageRole(f.Role, f.Input.Known || f.Output.Known) != semconv.UsageRoleNone
}

// ownUsageRole is the usage role as far as a span alone tells.
func ownUsageRole(role string, usage bool) string {
	switch {
	case IsModelRole(role):
		return semconv.UsageRoleCall
	case usage && (role == semconv.RoleAgent || role == semconv.RoleWorkflow || role == semconv.RoleStep):
		return semconv.UsageRoleAggregate
	default:
		return semconv.UsageRoleNone
	}
}
