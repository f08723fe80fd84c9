package sentry

import (
	"errors"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// spanOf reads a span of either version: in the second every attribute is an object with its value and type, in the first they are
// plain values under `data`, and operation and origin stand beside them.
func spanOf(v jsontree.Value) (foreign.Part, error) {
	part := foreign.NewPart()
	part.ID = v.Get("span_id").Text()
	part.TraceID = v.Get("trace_id").Text()
	if part.ID == "" || part.TraceID == "" {
		return part, errors.New("span_id, trace_id: must both be there")
	}
	part.ParentID = v.Get("parent_span_id").Text()
	if part.Start = foreign.Time(v.Get("start_timestamp")); part.Start.IsZero() {
		return part, errors.New("start_timestamp: is no time")
	}
	if part.End = foreign.Time(v.Get("end_timestamp", "timestamp")); part.End.IsZero() {
		part.End = part.Start
	}
	part.Final = true // a span is sent once, when it is over

	a := part.Attributes
	for key, attribute := range v.Get("attributes").Members() {
		putTyped(a, key, attribute)
	}
	for key, value := range v.Get("data").Members() {
		if a.Len() < vendorjson.MaxAttributes {
			putValue(a, key, value)
		}
	}
	for key, tag := range v.Get("tags").Members() {
		if a.Len() < vendorjson.MaxAttributes {
			foreign.Put(a, "sentry.tags."+key, tag)
		}
	}
	for key, measured := range v.Get("measurements").Members() {
		if a.Len() < vendorjson.MaxAttributes {
			foreign.Put(a, "sentry.measurements."+key, measured.Get("value"))
		}
	}
	for name, field := range map[string]string{"sentry.op": "op", "sentry.origin": "origin"} {
		vendorjson.PutText(a, name, v.Get(field).Text())
	}

	part.Name = vendorjson.First(v.Get("name").Text(), v.Get("description").Text(), vendorjson.TextOf(a, "sentry.op"))
	part.Kind = kindOf(vendorjson.TextOf(a, "sentry.kind"))
	part.Scope, part.ScopeVersion = vendorjson.TextOf(a, "sentry.sdk.name"), vendorjson.TextOf(a, "sentry.sdk.version")
	putStatus(&part, v.Get("status").Text())
	describe(&part, vendorjson.TextOf(a, "sentry.environment"), vendorjson.TextOf(a, "sentry.release"))
	return part, nil
}

// rootOf reads the span that a transaction itself is.
func rootOf(v jsontree.Value) (foreign.Part, error) {
	part := foreign.NewPart()
	trace := v.Get("contexts").Get("trace")
	part.ID, part.TraceID, part.ParentID = trace.Get("span_id").Text(), trace.Get("trace_id").Text(), trace.Get("parent_span_id").Text()
	if part.ID == "" || part.TraceID == "" {
		return part, errors.New("span_id, trace_id: must both be there")
	}
	if part.Start = foreign.Time(v.Get("start_timestamp")); part.Start.IsZero() {
		return part, errors.New("start_timestamp: is no time")
	}
	if part.End = foreign.Time(v.Get("timestamp")); part.End.IsZero() {
		part.End = part.Start
	}
	part.Final = true
	a := part.Attributes
	for key, value := range trace.Get("data").Members() {
		if a.Len() < vendorjson.MaxAttributes {
			putValue(a, key, value)
		}
	}
	vendorjson.PutText(a, "sentry.op", trace.Get("op").Text())
	vendorjson.PutText(a, "sentry.origin", trace.Get("origin").Text())
	part.Name = vendorjson.First(v.Get("transaction").Text(), trace.Get("description").Text(), trace.Get("op").Text())
	part.Kind = ptrace.SpanKindInternal
	putStatus(&part, trace.Get("status").Text())
	return part, nil
}

// putTyped writes an attribute of the second version.
func putTyped(a pcommon.Map, key string, attribute jsontree.Value) {
	if a.Len() >= vendorjson.MaxAttributes {
		return
	}
	if attribute.Kind() == jsontree.Object && attribute.Get("value").Kind() != jsontree.Missing {
		attribute = attribute.Get("value")
	}
	putValue(a, key, attribute)
}

// putValue keeps lists of texts as lists; other lists and objects become JSON text.
func putValue(a pcommon.Map, key string, v jsontree.Value) {
	if v.Kind() == jsontree.Array {
		texts := make([]string, 0, 8)
		for _, e := range v.Elements() {
			if e.Kind() != jsontree.String {
				foreign.Put(a, key, v)
				return
			}
			texts = append(texts, e.Text())
		}
		foreign.PutTexts(a, key, texts)
		return
	}
	foreign.Put(a, key, v)
}

func putStatus(part *foreign.Part, status string) {
	switch status {
	case "":
	case "ok":
		part.StatusCode = ptrace.StatusCodeOk
	case "unset", "unknown", "cancelled":
		part.Attributes.PutStr("sentry.status", status)
	default: // error, and in the first version the name of the failure: internal_error, resource_exhausted, ...
		part.StatusCode = ptrace.StatusCodeError
		part.StatusMessage = vendorjson.TextOf(part.Attributes, "sentry.status.message")
		if status != "error" {
			part.Attributes.PutStr("sentry.status", status)
		}
	}
}

func kindOf(kind string) ptrace.SpanKind {
	switch strings.ToLower(kind) {
	case "client":
		return ptrace.SpanKindClient
	case "server":
		return ptrace.SpanKindServer
	case "producer":
		return ptrace.SpanKindProducer
	case "consumer":
		return ptrace.SpanKindConsumer
	default:
		return ptrace.SpanKindInternal
	}
}

// describe says which program a part is of, where that is not known yet. A release is by convention the program's name and version
// joined by an @.
func describe(part *foreign.Part, environment, release string) {
	put := func(name, value string) {
		if _, ok := part.Resource.Get(name); !ok && value != "" {
			part.Resource.PutStr(name, value)
		}
	}
	put(semconv.DeploymentEnvironmentName, environment)
	if name, version, ok := strings.Cut(release, "@"); ok {
		put(semconv.ServiceName, name)
		put(semconv.ServiceVersion, version)
	} else {
		put(semconv.ServiceVersion, release)
	}
}
