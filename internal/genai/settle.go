package genai

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Fact is what deciding about a span among others needs to know of it. It is taken from an Entry, or read back from the store: the
// decision must come out the same.
type Fact struct {
	Tenant   string
	TraceID  pcommon.TraceID
	SpanID   pcommon.SpanID
	ParentID pcommon.SpanID
	// Start and End are in nanoseconds since 1970.
	Start, End int64

	Role    string // semconv.Role*; an ordinary span between others is RoleOther
	Scope   string // instrumentation scope name
	Service string // service.name
	// FromLog is set for a span that llm_logs made from a log event.
	FromLog bool

	Input, Output Count
	ResponseID    string
	Outcome       string // semconv.Outcome*

	Handed  Handed
	Verdict Verdict
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
// what was decided before, change nothing. The facts may be of several traces and tenants.
func Settle(facts []Fact) {
	for i := range facts {
		f := &facts[i]
		f.Verdict = Verdict{UsageRole: ownUsageRole(f.Role, f.Input.Known || f.Output.Known)}
	}
}

// ownUsageRole is the usage role as far as a span alone tells.
func ownUsageRole(role string, usage bool) string {
	switch {
	case isModelRole(role):
		return semconv.UsageRoleCall
	case usage && (role == semconv.RoleAgent || role == semconv.RoleWorkflow || role == semconv.RoleStep):
		return semconv.UsageRoleAggregate
	default:
		return semconv.UsageRoleNone
	}
}
