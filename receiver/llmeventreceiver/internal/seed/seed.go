package seed

import (
	"maps"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

const (
	// Schema is what version 0 is called in stored data; its clients do not name it.
	Schema = "watchllm.events/0"
	// MaxEvents is how many events the original service took in one request.
	MaxEvents = 100
)

// kind is what one type of event becomes.
type kind struct {
	table event.Table
	begin func(r *event.Reader)
	// end is called after the body was read.
	end func(r *event.Reader)
	// required fields of the body.
	required []string
}

// kinds is every type the original service knew.
var kinds = map[string]kind{
	"log":            logLine,
	"error":          failure,
	"span":           span,
	"token_usage":    tokenUsage,
	"message":        message,
	"model_response": modelResponse,
	"agent_action":   agentAction,
	"retrieval":      retrieval,
	"tool_call":      toolCall,
	"eval_metric":    evalMetric,
	"custom":         custom,
}

// Knows is true for the types the original service knew.
func Knows(name string) bool { _, ok := kinds[name]; return ok }

// Is tells an event of version 0 from one of the native contract, which has neither these fields nor a body with fields.
func Is(v jsontree.Value) bool {
	if v.Kind() != jsontree.Object || !v.Get("schema").IsNothing() {
		return false
	}
	for name := range v.Fields() {
		switch string(name) {
		case "eventId", "event_id", "projectId", "project_id", "sdk", "context", "event":
			return true
		}
	}
	return v.Get("id", "time").IsNothing() && v.Get("body").Kind() == jsontree.Object && kinds[v.Get("type").Text()].table != nil
}

var envelope = event.NewTable(nil, append(event.Apart("type", "event", "body", "data", "project_id", "schema"),
	event.F("event_id|id", event.EventID),
	event.F("timestamp", event.StartTime),
	event.F("sdk", func(r *event.Reader, v jsontree.Value) { sdkTable.Read(r, v, event.KeepUnder("sdk")) }),
	event.F("context", func(r *event.Reader, v jsontree.Value) { contextTable.Read(r, v, event.KeepUnder("context")) }),
)...)

var sdkTable = event.NewTable(nil,
	event.F("name", func(r *event.Reader, v jsontree.Value) { r.Record.SDKName, _ = r.Text(v) }),
	event.F("version", func(r *event.Reader, v jsontree.Value) { r.Record.SDKVersion, _ = r.Text(v) }),
)

var contextTable = event.NewTable(nil,
	event.F("trace_id", event.TraceID),
	event.F("parent_event_id", event.ParentEventID),
	event.F("user_id", event.Text(semconv.WatchLLMUserID)),
	event.F("session_id", event.Text(semconv.GenAIConversationID)),
)

// Read reads one event of version 0 into rec. project is the key's project.
func Read(rec *event.Record, v jsontree.Value, limits event.Limits, project string) *event.Rejection {
	r := event.NewReader(rec, limits)
	if v.Kind() != jsontree.Object {
		r.Reject(event.CodeNotAnObject, "an event must be an object, is %s", v.Kind())
		return r.Rejection()
	}
	envelope.Read(r, v, event.Keep)
	name := v.Get("type", "event").Text()
	k, known := kinds[name]
	switch {
	case name == "":
		r.RejectField("type", event.CodeMissingField, "is missing; use %s", types())
	case !known:
		r.RejectField("type", event.CodeUnsupportedEvent, "is not known; use %s", types())
	}
	rec.Type = name
	if p := v.Get("projectId", "project_id").Text(); p != "" && p != project {
		rec.ForeignProject = true
		r.PutStr(semconv.WatchLLMNativeProjectID, p)
	}
	if r.Rejection() != nil {
		return r.Rejection()
	}
	field, body := "body", v.Get("body")
	if data := v.Get("data"); body.IsNothing() && !data.IsNothing() {
		field, body = "data", data
	}
	if k.begin != nil {
		k.begin(r)
	}
	r.In(field, func() { k.read(r, body) })
	return r.Rejection()
}

func (k kind) read(r *event.Reader, body jsontree.Value) {
	if body.IsNothing() {
		r.Reject(event.CodeMissingField, "is missing")
		return
	}
	k.table.Read(r, body, event.Keep)
	for _, names := range k.required {
		alternatives := strings.Split(names, "|")
		if body.Get(alternatives...).IsNothing() {
			r.RejectField(alternatives[0], event.CodeMissingField, "is missing")
			return
		}
	}
	if r.Rejection() == nil && k.end != nil {
		k.end(r)
	}
}

func types() string { return strings.Join(slices.Sorted(maps.Keys(kinds)), ", ") }
