package genai

import (
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Entry is a span with LLM meaning among others of a delivery.
type Entry struct {
	Span ptrace.Span
	Call Call
	// Tenant and Project are what the resource is stamped with.
	Tenant, Project string
	// Service is the resource's service.name, Scope the name of the instrumentation scope.
	Service, Scope string
	// Inherited is set when the call took facts over from another span: they are not written on its own span yet.
	Inherited bool
}

func (e *Entry) concerns() bool {
	return ownUsageRole(e.Call.Role, e.Call.Usage.HasTokens()) != semconv.UsageRoleNone
}

// Fact is what the entry tells those who decide about several spans.
func (e *Entry) Fact() Fact {
	c, u := &e.Call, &e.Call.Usage
	f := Fact{
		Tenant: e.Tenant, Project: e.Project, TraceID: e.Span.TraceID(), SpanID: e.Span.SpanID(), ParentID: e.Span.ParentSpanID(),
		Start: int64(e.Span.StartTimestamp()), End: int64(e.Span.EndTimestamp()), //nolint:gosec // clocks before 2262
		Role: c.Role, Scope: e.Scope, Dialect: c.Dialect, Service: e.Service, Model: c.RequestModel,
		Input: u.Input, Output: u.Output, Cached: u.CacheRead.N + u.CacheWrite.N, Reasoned: u.Reasoning.N,
		Detail:     DetailOf(u.CacheRead, u.CacheWrite, u.Reasoning),
		ResponseID: c.ResponseID, Outcome: c.Outcome,
		Handed: handedOf(c),
	}
	if f.Model == "" {
		f.Model = c.ResponseModel
	}
	if v, ok := e.Span.Attributes().Get(semconv.WatchLLMSignal); ok && v.Str() == semconv.SignalLog {
		f.FromLog, f.Event = true, e.Span.Name()
		if name, ok := e.Span.Attributes().Get("event.name"); ok && name.Str() != "" {
			f.Event = name.Str()
		}
	}
	return f
}

func handedOf(c *Call) Handed {
	return Handed{c.ConversationID, c.UserID, c.AgentName, c.WorkflowName, c.PromptName, c.PromptVersion}
}

// apply puts the decision about the entry's fact on its call.
func (e *Entry) apply(f *Fact) {
	c, v := &e.Call, &f.Verdict
	c.UsageRole, c.UsageRoleReason = v.UsageRole, v.Reason
	c.CountedIn, c.CountedBy = v.CountedIn, v.CountedBy
	c.Usage.Flags &^= FlagUsageFromAggregate
	if v.FromAggregate() {
		c.Usage.Flags |= FlagUsageFromAggregate
	}
	if v.UsageRole == semconv.UsageRoleDuplicate {
		c.Usage.MissingReason = "" // nothing is missing: another span has it
	}
	if h := f.Handed; h != handedOf(c) {
		c.ConversationID, c.UserID, c.AgentName, c.WorkflowName, c.PromptName, c.PromptVersion =
			h.ConversationID, h.UserID, h.AgentName, h.WorkflowName, h.PromptName, h.PromptVersion
		e.Inherited = true
	}
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
