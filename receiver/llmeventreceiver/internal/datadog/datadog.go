package datadog

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// prefix is put before the vendor's own names, which are as short as "metrics": they would say nothing beside other attributes.
const prefix = "datadog.llmobs."

// noParent is how dd-trace writes that a span is a root.
const noParent = "undefined"

// Decoder is the wire format of dd-trace, through its agent's proxy or without an agent, and of the public HTTP API.
var Decoder = foreign.Decoder{
	Name: "datadog",
	Routes: []string{
		"POST /evp_proxy/v2/api/v2/llmobs",
		"POST /evp_proxy/v4/api/v2/llmobs",
		"POST /api/v2/llmobs",
		"POST /api/intake/llm-obs/v1/trace/spans",
	},
	Decode: decode,
}

func decode(r *foreign.Request) (foreign.Result, error) {
	body, err := foreign.Parse(r.Body)
	if err != nil {
		return foreign.Result{}, err
	}
	d := decoder{}
	switch body.Kind() {
	case jsontree.Array:
		for i, event := range body.Elements() {
			if !d.room() {
				break
			}
			d.event(event, fmt.Sprintf("[%d].", i))
		}
	case jsontree.Object:
		d.event(body, "")
	default:
		return foreign.Result{}, vendorjson.Unexpected("body", body, "a list of events or one event")
	}
	if d.full != nil {
		return foreign.Result{}, d.full
	}
	return foreign.Result{
		Parts: d.parts, Rejected: d.rejected.Count,
		Answer: foreign.Answer{Status: http.StatusAccepted, Body: d.rejected.Answer(nil)},
	}, nil
}

type decoder struct {
	parts    []foreign.Part
	rejected vendorjson.Rejections
	full     error // more than one request may hold
}

// room reports whether another record may be read.
func (d *decoder) room() bool {
	d.full = vendorjson.TooMany(len(d.parts) + d.rejected.Count)
	return d.full == nil
}

// common is what an event says about all of its spans.
type common struct {
	tags                    []tag
	mlApp, session, version string
}

func (d *decoder) event(event jsontree.Value, path string) {
	if event.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(strings.TrimSuffix(path, "."), event, "an object with the list spans"))
		return
	}
	c := common{version: vendorjson.Shared(event.Get("_dd.tracer_version"))}
	// The public API wraps the spans in data.attributes and says there what all of them share.
	if attributes := event.Get("data").Get("attributes"); attributes.Kind() == jsontree.Object {
		event, path = attributes, path+"data.attributes."
		c.tags, c.mlApp, c.session = tagsOf(event.Get("tags")), vendorjson.Shared(event.Get("ml_app")), vendorjson.Shared(event.Get("session_id"))
	}
	spans := event.Get("spans")
	switch {
	case spans.Kind() == jsontree.Array:
		for i, span := range spans.Elements() {
			if !d.room() {
				return
			}
			d.span(span, c, fmt.Sprintf("%sspans[%d]", path, i))
		}
	case spans.Kind() == jsontree.Missing && event.Get("span_id").Kind() != jsontree.Missing:
		d.span(event, c, strings.TrimSuffix(path, ".")) // one span without an envelope
	default:
		d.rejected.Add(vendorjson.Unexpected(path+"spans", spans, "a list"))
	}
}

func (d *decoder) span(span jsontree.Value, c common, path string) {
	if span.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(path, span, "an object"))
		return
	}
	id := vendorjson.ID(span.Get("span_id"))
	if id == "" {
		d.rejected.Add(fmt.Errorf("%s.span_id: is missing", path))
		return
	}
	start := foreign.Time(span.Get("start_ns"))
	if start.IsZero() {
		d.rejected.Add(fmt.Errorf("%s.start_ns: is no time in nanoseconds since 1970", path))
		return
	}
	part := foreign.NewPart()
	part.ID = hexID(id, 16)
	part.TraceID = hexID(vendorjson.First(vendorjson.ID(span.Get("trace_id")), id), 32)
	if parent := vendorjson.ID(span.Get("parent_id")); parent != noParent && parent != "0" && parent != "" {
		part.ParentID = hexID(parent, 16)
	}
	part.Name = span.Get("name").Text()
	part.Kind = ptrace.SpanKindInternal
	part.Start, part.End = start, start.Add(vendorjson.Duration(span.Get("duration"), time.Nanosecond))
	part.Scope, part.ScopeVersion = "dd-trace", c.version
	part.Final = true // a span is sent once, when it is over

	a := part.Attributes
	vendorjson.PutText(a, prefix+"span_id", id)
	meta := span.Get("meta")
	vendorjson.Flatten(a, prefix+"meta", meta, 2)
	vendorjson.Flatten(a, prefix+"metrics", span.Get("metrics"), 1)
	vendorjson.PutText(a, prefix+"session_id", vendorjson.First(vendorjson.ID(span.Get("session_id")), c.session))
	vendorjson.PutText(a, prefix+"ml_app", vendorjson.First(vendorjson.ID(span.Get("ml_app")), c.mlApp))
	foreign.Put(a, prefix+"apm_trace_id", span.Get("_dd").Get("apm_trace_id"))
	putTags(&part, c.tags)
	putTags(&part, tagsOf(span.Get("tags")))
	if _, named := part.Resource.Get(semconv.ServiceName); !named {
		vendorjson.PutText(part.Resource, semconv.ServiceName, vendorjson.TextOf(a, prefix+"ml_app"))
	}

	switch span.Get("status").Text() {
	case "error":
		part.StatusCode = ptrace.StatusCodeError
		message := meta.Get("error.message")
		if message.IsNothing() {
			message = meta.Get("error")
		}
		part.StatusMessage = vendorjson.Message(message)
	case "ok":
		part.StatusCode = ptrace.StatusCodeOk
	}
	d.parts = append(d.parts, part)
}
