package langfuse

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// updatesLast puts updates behind creations, whatever their clocks say.
const updatesLast = int64(1) << 50

// observation reads one half of an observation, or all of it.
func (rec *record) observation(out *foreign.Result, what string, update bool) (problem string) {
	b := rec.body
	id := b.Get("id").Text()
	if id == "" && update {
		return "body.id: is missing; an update names what it updates"
	}
	if what == "observation" { // before each type had records of its own
		what = strings.ToLower(b.Get("type").Text())
	}
	p := rec.part()
	p.ID = id
	p.TraceID = b.Get("traceId").Text()
	p.ParentID = b.Get("parentObservationId").Text()
	p.Name = b.Get("name").Text()
	p.Start, p.End = foreign.Time(b.Get("startTime")), foreign.Time(b.Get("endTime"))
	p.Opens = !update
	p.Closes = !p.End.IsZero() || what == "event"
	p.AwaitsTrace = p.TraceID != ""
	if update {
		p.Order += updatesLast
	}
	p.Kind = ptrace.SpanKindInternal
	if what == "generation" || what == "embedding" {
		p.Kind = ptrace.SpanKindClient
	}
	a := p.Attributes
	if what != "" {
		a.PutStr("langfuse.observation.type", what)
	}
	foreign.PutText(a, "langfuse.observation.model.name", b.Get("model"))
	foreign.Put(a, "langfuse.observation.model.parameters", b.Get("modelParameters"))
	foreign.Put(a, "langfuse.observation.input", b.Get("input"))
	foreign.Put(a, "langfuse.observation.output", b.Get("output"))
	foreign.Flatten(a, "langfuse.observation.metadata.", b.Get("metadata"))
	foreign.Put(a, "langfuse.observation.prompt.name", b.Get("promptName"))
	foreign.Put(a, "langfuse.observation.prompt.version", b.Get("promptVersion"))
	foreign.PutText(a, "langfuse.observation.completion_start_time", b.Get("completionStartTime"))
	foreign.PutText(a, "langfuse.environment", b.Get("environment"))
	foreign.PutText(a, "langfuse.version", b.Get("version"))
	level, message := b.Get("level").Text(), b.Get("statusMessage").Text()
	foreign.PutText(a, "langfuse.observation.level", b.Get("level"))
	foreign.PutText(a, "langfuse.observation.status_message", b.Get("statusMessage"))
	if level == "ERROR" {
		p.StatusCode, p.StatusMessage = ptrace.StatusCodeError, message
	}
	usage(a, b)
	p.Enough = !b.Get("output").IsNothing() || !b.Get("usage").IsNothing() || !b.Get("usageDetails").IsNothing()
	out.Parts = append(out.Parts, p)
	return ""
}

// part is an empty part with what every record has.
func (rec *record) part() foreign.Part {
	p := foreign.NewPart()
	p.Scope, p.ScopeVersion = rec.scope.name, rec.scope.version
	p.Order = rec.order
	return p
}

// trace reads what is said of a whole trace: it is no span in Langfuse's model, and belongs to all of them.
func (rec *record) trace(out *foreign.Result) (problem string) {
	b := rec.body
	id := b.Get("id").Text()
	if id == "" {
		return "body.id: is missing; it is the trace's"
	}
	p := rec.part()
	p.WholeTrace, p.TraceID = true, id
	p.Name = b.Get("name").Text()
	p.Start = foreign.Time(b.Get("timestamp"))
	p.Closes = !introduces(b)
	a := p.Attributes
	foreign.Put(a, "user.id", b.Get("userId"))
	foreign.Put(a, "session.id", b.Get("sessionId"))
	foreign.PutText(a, "langfuse.trace.name", b.Get("name"))
	foreign.PutTexts(a, "langfuse.trace.tags", foreign.Texts(b.Get("tags")))
	foreign.Flatten(a, "langfuse.trace.metadata.", b.Get("metadata"))
	foreign.PutText(a, "langfuse.release", b.Get("release"))
	foreign.PutText(a, "langfuse.version", b.Get("version"))
	foreign.PutText(a, "langfuse.environment", b.Get("environment"))
	foreign.Put(a, "langfuse.trace.public", b.Get("public"))
	p.RootOnly.PutStr("langfuse.observation.type", "span") // of the trace itself, if none of its observations comes
	foreign.Put(p.RootOnly, "langfuse.trace.input", b.Get("input"))
	foreign.Put(p.RootOnly, "langfuse.trace.output", b.Get("output"))
	out.Parts = append(out.Parts, p)
	return ""
}

// introduces tells the record that describes a trace from those that only add its output when it ends. The SDKs write the other
// fields into both.
func introduces(b jsontree.Value) bool {
	for _, field := range []string{"name", "userId", "sessionId", "tags", "metadata", "input"} {
		if !b.Get(field).IsNothing() {
			return true
		}
	}
	return false
}

// usage writes the counts as buckets, which is what usageDetails has always been. The older usage and OpenAI's own object are turned
// into them. What is counted in other units than tokens is kept but not taken for tokens.
func usage(a pcommon.Map, b jsontree.Value) {
	old := b.Get("usage")
	if unit := old.Get("unit").Text(); unit != "" && !strings.EqualFold(unit, "TOKENS") {
		foreign.Put(a, "langfuse.observation.usage", old)
		old = jsontree.Value{}
	}
	var buckets []bucket
	for _, v := range []jsontree.Value{b.Get("usageDetails"), old} {
		if buckets = bucketsOf(v); len(buckets) > 0 {
			break
		}
	}
	if len(buckets) > 0 {
		a.PutStr("langfuse.observation.usage_details", object(buckets))
	}
	costs := bucketsOf(b.Get("costDetails"))
	if len(costs) == 0 {
		for _, c := range [...][2]string{{"inputCost", "input"}, {"outputCost", "output"}, {"totalCost", "total"}} {
			if v := b.Get("usage").Get(c[0]); v.Kind() == jsontree.Number {
				costs = append(costs, bucket{c[1], v.Compact()})
			}
		}
	}
	if len(costs) > 0 {
		a.PutStr("langfuse.observation.cost_details", object(costs))
	}
}
