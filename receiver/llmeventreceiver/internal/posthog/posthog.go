package posthog

import (
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder is PostHog's capture API: a batch, or one event.
var Decoder = foreign.Decoder{
	Name: "posthog",
	Routes: []string{
		"POST /batch", "POST /batch/{$}", "POST /i/v0/ai/batch/{$}",
		"POST /capture", "POST /capture/{$}", "POST /e/{$}", "POST /i/v0/e", "POST /i/v0/e/{$}",
	},
	Decode:  decode,
	BodyKey: bodyKey,
}

func decode(r *foreign.Request) (foreign.Result, error) {
	body, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	d := decoder{now: r.Now}
	if sent := foreign.Time(body.Get("sent_at")); !sent.IsZero() {
		d.now = sent
	}
	batch, path := body.Get("batch"), "batch"
	switch {
	case batch.Kind() == jsontree.Array:
	case body.Kind() == jsontree.Array:
		batch, path = body, ""
	case body.Kind() == jsontree.Object && batch.IsNothing():
		d.event(body, "body")
	default:
		return foreign.Result{}, vendorjson.Unexpected(path, batch, "a list of events")
	}
	for i, event := range batch.Elements() {
		if err := vendorjson.TooMany(len(d.parts) + d.rejected.Count); err != nil {
			return foreign.Result{}, err
		}
		d.event(event, fmt.Sprintf("%s[%d]", path, i))
	}
	return foreign.Result{
		Parts: d.parts, Rejected: d.rejected.Count,
		Answer: foreign.Answer{Body: d.rejected.Answer(map[string]any{"status": 1})},
	}, nil
}

type decoder struct {
	now      time.Time
	parts    []foreign.Part
	rejected vendorjson.Rejections
}

func (d *decoder) event(event jsontree.Value, path string) {
	if event.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(path, event, "an event"))
		return
	}
	name := event.Get("event")
	if name.Kind() != jsontree.String {
		d.rejected.Add(vendorjson.Unexpected(path+".event", name, "the event's name"))
		return
	}
	switch name.Text() {
	case "$ai_generation", "$ai_embedding", "$ai_trace", "$ai_span":
	default:
		return // page views and the like: PostHog's clients send all their events to one place
	}
	properties := event.Get("properties")
	if properties.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(path+".properties", properties, "an object"))
		return
	}
	d.parts = append(d.parts, d.part(name.Text(), event, properties))
}

func (d *decoder) part(name string, event, properties jsontree.Value) foreign.Part {
	part := foreign.NewPart()
	text := func(names ...string) string {
		for _, name := range names {
			if s := vendorjson.ID(properties.Get(name)); s != "" {
				return s
			}
		}
		return ""
	}
	part.TraceID = text("$ai_trace_id")
	part.ID = text("$ai_span_id", "$ai_generation_id")
	if part.ID == "" && name == "$ai_trace" {
		part.ID = part.TraceID // its children name the trace as their parent
	}
	part.ID = vendorjson.First(part.ID, vendorjson.ID(event.Get("uuid")))
	if parent := text("$ai_parent_id"); parent != part.ID {
		part.ParentID = parent
	}
	part.Name = vendorjson.First(text("$ai_span_name"), strings.TrimSpace(name+" "+text("$ai_model")))
	part.Kind = ptrace.SpanKindInternal
	if name == "$ai_generation" || name == "$ai_embedding" {
		part.Kind = ptrace.SpanKindClient
	}

	// An event is captured when the call is over: its timestamp is the end, and only the latency tells the beginning.
	part.End = d.now
	if at := foreign.Time(event.Get("timestamp")); !at.IsZero() {
		part.End = at
	}
	part.Start = part.End.Add(-vendorjson.Duration(properties.Get("$ai_latency"), time.Second))

	if vendorjson.True(properties.Get("$ai_is_error")) {
		part.StatusCode = ptrace.StatusCodeError
		part.StatusMessage = vendorjson.Message(properties.Get("$ai_error"))
	}
	part.Scope = text("$ai_lib", "$lib")
	part.ScopeVersion = text("$ai_lib_version", "$lib_version")
	part.Final = true

	a := part.Attributes
	a.PutStr("posthog.event", name)
	vendorjson.PutText(a, "posthog.uuid", vendorjson.ID(event.Get("uuid")))
	vendorjson.PutText(a, "posthog.distinct_id", vendorjson.First(
		vendorjson.ID(event.Get("distinct_id")), vendorjson.ID(event.Get("$distinct_id")), text("distinct_id"),
	))
	putProperties(a, properties)
	return part
}

// putProperties writes the properties under their own names: those of AI first, so that no number of others can push them out.
func putProperties(a pcommon.Map, properties jsontree.Value) {
	dropped := 0
	for _, ours := range [...]bool{true, false} {
		for key, value := range properties.Members() {
			switch {
			case strings.HasPrefix(key, "$ai_") != ours, key == "token", key == "api_key": // the sender's key is nobody's to read
			case a.Len() >= vendorjson.MaxAttributes:
				dropped++
			case key == "$ai_model_parameters": // one by one: the reader looks for names, not into JSON
				vendorjson.Flatten(a, key, value, 1)
			default:
				foreign.Put(a, key, value)
			}
		}
	}
	if dropped > 0 {
		a.PutInt("posthog.dropped_properties", int64(dropped))
	}
}
