package native

import (
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Schema is the name of the contract; minor additions do not change it.
const Schema = "watchllm.events/1"

// kind is what one type of event becomes.
type kind struct {
	table event.Table
	// begin is called before the fields are read, end after.
	begin func(r *event.Reader)
	end   func(r *event.Reader, v jsontree.Value)
}

// kinds is every type of the contract; a new type is one line here and one file.
var kinds = map[string]kind{
	"llm.call":     llmCall,
	"embedding":    embedding,
	"tool.call":    toolCall,
	"retrieval":    retrieval,
	"agent.run":    agentRun,
	"agent.step":   agentStep,
	"workflow.run": workflowRun,
	"token_usage":  tokenUsage,
	"evaluation":   evaluation,
	"feedback":     evaluation,
	"error":        failure,
	"log":          logLine,
}

// Knows is true for the types of the contract.
func Knows(name string) bool { _, ok := kinds[name]; return ok }

// common are the fields that every type has.
var common = event.NewTable(nil,
	event.F("id", event.EventID),
	event.F("schema", func(*event.Reader, jsontree.Value) {}), // checked before
	event.F("type", func(r *event.Reader, v jsontree.Value) {
		if t, ok := r.Text(v); ok {
			r.Record.Type = t
		}
	}),
	event.F("op", readOp),
	event.F("seq", func(r *event.Reader, v jsontree.Value) {
		event.Int(semconv.WatchLLMNativeSeq)(r, v)
		if n, ok := r.Record.Attrs.Get(semconv.WatchLLMNativeSeq); ok && n.Int() < 0 {
			r.Reject(event.CodeInvalidNumber, "must be a whole number that counts up from 0")
		} else if ok {
			r.Record.Seq = n.Int()
		}
	}),
	event.F("time|timestamp|start_time", event.StartTime),
	event.F("end_time", event.EndTime),
	event.F("duration_ms", event.DurationMs),
	event.F("trace_id", event.TraceID),
	event.F("span_id", event.SpanID),
	event.F("parent_span_id", event.ParentSpanID),
	event.F("conversation_id|session_id", event.Text(semconv.GenAIConversationID)),
	event.F("user_id", event.Text(semconv.WatchLLMUserID)),
	event.F("agent_name", event.Text(semconv.GenAIAgentName)),
	event.F("agent_id", event.Text(semconv.GenAIAgentID)),
	event.F("environment", func(r *event.Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.Record.Environment = s
		}
	}),
	event.F("tags", event.Texts(semconv.WatchLLMNativeTags)),
	event.F("attributes", func(*event.Reader, jsontree.Value) {}), // read after all others
	event.F("status", readStatus),
)

// Read reads one event of the contract into rec.
func Read(rec *event.Record, v jsontree.Value, limits event.Limits) *event.Rejection {
	r := event.NewReader(rec, limits)
	if v.Kind() != jsontree.Object {
		r.Reject(event.CodeNotAnObject, "an event must be an object, is %s", v.Kind())
		return r.Rejection()
	}
	name := v.Get("type")
	k, known := kinds[name.Text()]
	switch {
	case name.IsNothing():
		r.RejectField("type", event.CodeMissingField, "is missing; use llm.call, tool.call, agent.run, log or another type of %s", Schema)
		return r.Rejection()
	case name.Kind() != jsontree.String:
		r.RejectField("type", event.CodeInvalidType, "must be text, is %s", name.Kind())
		return r.Rejection()
	case !known:
		k = custom
	}
	if id := v.Get("id"); id.Kind() == jsontree.String { // read first, so that every rejection can name it
		event.EventID(r, id)
		if r.Rejection() != nil {
			r = event.NewReader(rec, limits)
			r.RejectField("id", event.CodeInvalidID, "must have 1 to 64 characters")
			return r.Rejection()
		}
	}
	if k.begin != nil {
		k.begin(r)
	}
	k.table.Read(r, v, event.Keep)
	if r.Rejection() == nil && k.end != nil {
		k.end(r, v)
	}
	if attributes := v.Get("attributes"); r.Rejection() == nil && !attributes.IsNothing() {
		r.In("attributes", func() { event.Attributes(r, attributes) })
	}
	if r.Rejection() == nil && !rec.End.IsZero() && !rec.Time.IsZero() && rec.End.Before(rec.Time) {
		r.RejectField("end_time", event.CodeInvalidTime, "lies before the time of the event")
	}
	return r.Rejection()
}

func readOp(r *event.Reader, v jsontree.Value) {
	switch v.Text() {
	case "create":
	case "merge":
		r.Record.Op = event.OpMerge
	default:
		r.Reject(event.CodeInvalidOp, "must be create or merge")
	}
}
