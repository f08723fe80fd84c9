package genai

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Entry is a span with LLM meaning among others of a delivery.
type Entry struct {
	Span   ptrace.Span
	Call   Call
	Tenant string
	// Service is the resource's service.name.
	Service string
	// Inherited is set when the call took facts over from another span: they are not written on its own span yet.
	Inherited bool
}

// Delivery is what arrived in one request: its spans with LLM meaning, and all of them to see how they hang together.
type Delivery struct {
	Entries []Entry
	Traces  ptrace.Traces
}

// CrossSpanRule decides what only several spans together can tell, by changing the usage role of entries. A rule may look at one
// delivery, or remember earlier ones.
type CrossSpanRule interface {
	Apply(d *Delivery)
}

// WithinDelivery are the rules that need nothing but the delivery at hand.
func WithinDelivery() []CrossSpanRule { return []CrossSpanRule{WrapperRule{}} }

// spanKey names a span across the tenants of a delivery.
type spanKey struct {
	tenant string
	trace  pcommon.TraceID
	span   pcommon.SpanID
}

func (e *Entry) key() spanKey { return spanKey{e.Tenant, e.Span.TraceID(), e.Span.SpanID()} }

// TenantOf is the tenant that the identity on a resource names; empty where there is none.
func TenantOf(resource pcommon.Resource) string {
	if v, ok := resource.Attributes().Get(semconv.WatchLLMTenantID); ok {
		return v.Str()
	}
	return ""
}

// WriteInherited puts facts taken over from another span on the entry's own.
func (e *Entry) WriteInherited() {
	if !e.Inherited {
		return
	}
	attrs, c := e.Span.Attributes(), &e.Call
	for _, t := range [...]struct {
		id    field
		value string
	}{
		{fieldConversationID, c.ConversationID},
		{fieldUserID, c.UserID},
		{fieldAgentName, c.AgentName},
		{fieldWorkflowName, c.WorkflowName},
		{fieldPromptName, c.PromptName},
		{fieldPromptVersion, c.PromptVersion},
	} {
		if t.value != "" {
			attrs.PutStr(canonicalKeys[t.id], t.value)
		}
	}
}
