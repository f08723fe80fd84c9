package genai

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// WrapperRule finds model spans that stand for one and the same call: one encloses the other, as a framework's span encloses the
// client library's. The one nearest to the provider counts, unless only the outer one knows the usage. What the outer one knows
// about the user or the conversation is handed down.
//
// A tool, agent or retrieval between the two means two calls: a model span may contain a tool that calls a model of its own.
type WrapperRule struct{}

// maxClimb bounds the way up from a model span; parents may form a cycle.
const maxClimb = 64

// Apply implements CrossSpanRule.
func (WrapperRule) Apply(d *Delivery) {
	candidates := tracesWithSeveralModelSpans(d)
	if candidates == nil {
		return
	}
	parents, entries := spanTree(d, candidates)
	below := map[int][]int{} // entry -> the model entries directly below it
	outermost := []int{}
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Call.UsageRole != semconv.UsageRoleCall || !candidates[traceKey{e.Tenant, e.Span.TraceID()}] {
			continue
		}
		if above, ok := modelAbove(d, e, parents, entries); ok {
			below[above] = append(below[above], i)
		} else {
			outermost = append(outermost, i)
		}
	}
	for _, i := range outermost {
		settle(d, below, i, 0)
	}
}

type traceKey struct {
	tenant string
	trace  pcommon.TraceID
}

func tracesWithSeveralModelSpans(d *Delivery) map[traceKey]bool {
	models := 0
	for i := range d.Entries {
		if d.Entries[i].Call.UsageRole == semconv.UsageRoleCall {
			models++
		}
	}
	if models < 2 {
		return nil
	}
	once := make(map[traceKey]bool, models)
	several := false
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Call.UsageRole != semconv.UsageRoleCall {
			continue
		}
		k := traceKey{e.Tenant, e.Span.TraceID()}
		if _, seen := once[k]; seen {
			once[k], several = true, true
		} else {
			once[k] = false
		}
	}
	if !several {
		return nil
	}
	return once
}

// spanTree indexes the spans of the traces in question: the parent of each, and the entry of those that have one.
func spanTree(d *Delivery, candidates map[traceKey]bool) (parents map[spanKey]pcommon.SpanID, entries map[spanKey]int) {
	parents = map[spanKey]pcommon.SpanID{}
	for i := range d.Traces.ResourceSpans().Len() {
		rs := d.Traces.ResourceSpans().At(i)
		tenant := TenantOf(rs.Resource())
		for j := range rs.ScopeSpans().Len() {
			spans := rs.ScopeSpans().At(j).Spans()
			for k := range spans.Len() {
				span := spans.At(k)
				if candidates[traceKey{tenant, span.TraceID()}] {
					parents[spanKey{tenant, span.TraceID(), span.SpanID()}] = span.ParentSpanID()
				}
			}
		}
	}
	entries = make(map[spanKey]int, len(d.Entries))
	for i := range d.Entries {
		entries[d.Entries[i].key()] = i
	}
	return parents, entries
}

// modelAbove climbs to the nearest model span of the same role that encloses e.
func modelAbove(d *Delivery, e *Entry, parents map[spanKey]pcommon.SpanID, entries map[spanKey]int) (int, bool) {
	at := e.key()
	for range maxClimb {
		parent, ok := parents[at]
		if !ok || parent.IsEmpty() || parent == at.span {
			return 0, false
		}
		at.span = parent
		i, known := entries[at]
		if !known {
			continue
		}
		above := &d.Entries[i].Call
		switch above.Role {
		case e.Call.Role:
			return i, above.UsageRole == semconv.UsageRoleCall && d.Entries[i].Span != e.Span
		case semconv.RoleOther, semconv.RoleStep:
		default:
			return 0, false
		}
	}
	return 0, false
}

// settle decides between an entry and the model spans below it, the innermost first, and reports whether usage was found.
func settle(d *Delivery, below map[int][]int, i, depth int) (counted bool) {
	e := &d.Entries[i]
	inner := below[i]
	if len(inner) == 0 || depth > maxClimb {
		return e.Call.Usage.Any()
	}
	allFailed := true
	for _, k := range inner {
		counted = settle(d, below, k, depth+1) || counted
		allFailed = allFailed && d.Entries[k].Call.Outcome == semconv.OutcomeError
	}
	failed := e.Call.Outcome == semconv.OutcomeError
	switch {
	case counted:
		duplicate(e)
	case e.Call.Usage.Any() || allFailed && !failed:
		// Only the outer span knows how it ended: failed attempts below it stay visible, silent ones are the same call again.
		for _, k := range inner {
			if d.Entries[k].Call.Outcome != semconv.OutcomeError {
				duplicate(&d.Entries[k])
			}
		}
		return e.Call.Usage.Any()
	default:
		duplicate(e)
	}
	for _, k := range inner {
		inherit(&d.Entries[k], &e.Call)
	}
	return counted
}

func duplicate(e *Entry) {
	e.Call.UsageRole = semconv.UsageRoleDuplicate
	e.Call.Usage.MissingReason = ""
}

func inherit(e *Entry, from *Call) {
	take := func(dst *string, value string) {
		if *dst == "" && value != "" {
			*dst, e.Inherited = value, true
		}
	}
	c := &e.Call
	take(&c.ConversationID, from.ConversationID)
	take(&c.UserID, from.UserID)
	take(&c.AgentName, from.AgentName)
	take(&c.WorkflowName, from.WorkflowName)
	take(&c.PromptName, from.PromptName)
	take(&c.PromptVersion, from.PromptVersion)
}
