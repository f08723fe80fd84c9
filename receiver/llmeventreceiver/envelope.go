package llmeventreceiver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/native"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/seed"
)

// schemas are the contracts that are understood, the newest first.
var schemas = []string{native.Schema, seed.Schema}

// header is what an envelope says of all its events.
type header struct {
	schema string
	stamp  event.Stamp
}

var (
	envelopeFields = event.NewTable(nil, append(event.Apart("schema", "resource", "events"),
		event.F("batch_id", event.Text(semconv.WatchLLMNativeBatchID)),
		event.F("sent_at", func(r *event.Reader, v jsontree.Value) {
			if _, ok := r.Time(v); ok {
				event.Text(semconv.WatchLLMNativeSentAt)(r, v)
			}
		}),
		event.F("sdk", func(r *event.Reader, v jsontree.Value) { sdkFields.Read(r, v, event.KeepUnder("sdk")) }),
	)...)
	sdkFields = event.NewTable(nil,
		event.F("name", func(r *event.Reader, v jsontree.Value) { r.Record.SDKName, _ = r.Text(v) }),
		event.F("version", func(r *event.Reader, v jsontree.Value) { r.Record.SDKVersion, _ = r.Text(v) }),
	)
)

// isEnvelope tells the first line of an NDJSON body that speaks of all others from one that is an event.
func isEnvelope(v jsontree.Value) bool {
	return v.Kind() == jsontree.Object && v.Get("type", "event", "events", "id", "eventId", "event_id").IsNothing() &&
		!v.Get("schema", "batch_id", "batchId", "sent_at", "sentAt", "sdk", "resource").IsNothing()
}

// envelope reads everything but the events. What it does not know is kept on the resource.
func (d *decoder) envelope(v jsontree.Value) *problem {
	if schema := v.Get("schema"); !schema.IsNothing() {
		if !supported(schema) {
			return unsupportedSchema(schema)
		}
		d.schema = schema.Text()
	}
	if p := sharedTooMuch(v); p != nil {
		return p
	}
	rec := event.NewRecord(0, native.Schema)
	r := event.NewReader(rec, d.limits)
	envelopeFields.Read(r, v, event.KeepUnder("envelope"))
	d.stamp = event.Stamp{
		BatchID: take(rec, semconv.WatchLLMNativeBatchID), SentAt: take(rec, semconv.WatchLLMNativeSentAt),
		SDKName: rec.SDKName, SDKVersion: rec.SDKVersion,
	}
	if resource := v.Get("resource"); !resource.IsNothing() {
		r.In("resource", func() { event.Attributes(r, resource) })
	}
	if rej := r.Rejection(); rej != nil {
		return &problem{Status: http.StatusUnprocessableEntity, Code: rej.Code, Field: rej.Field, Detail: rej.Field + ": " + rej.Message}
	}
	rec.Attrs.MoveTo(d.resource)
	return nil
}

// maxShared is the size in bytes of what an envelope says beside its events. Events of different environments and clients have a
// copy each.
const maxShared = 32 << 10

func sharedTooMuch(v jsontree.Value) *problem {
	size := 0
	for name, field := range v.Fields() {
		if string(name) == "events" {
			continue
		}
		if field.TooDeep() {
			return &problem{
				Status: http.StatusUnprocessableEntity, Code: event.CodeTooDeep, Field: string(name),
				Detail: fmt.Sprintf("%s: nests deeper than %d levels", name, parseLimits.Depth),
			}
		}
		if size += len(name) + field.Size(); size > maxShared {
			return &problem{
				Status: http.StatusUnprocessableEntity, Code: event.CodeTooLarge, Field: string(name),
				Detail: fmt.Sprintf("%s: with it the envelope has more than %d bytes beside its events, and every event can need a copy", name, maxShared),
			}
		}
	}
	return nil
}

// take removes an attribute and returns its text.
func take(rec *event.Record, attr string) string {
	v, ok := rec.Attrs.Get(attr)
	if !ok {
		return ""
	}
	text := v.Str()
	rec.Attrs.Remove(attr)
	return text
}

func supported(schema jsontree.Value) bool { return slices.Contains(schemas, schema.Text()) }

func unsupportedSchema(v jsontree.Value) *problem {
	return &problem{
		Status: http.StatusBadRequest, Code: codeUnsupportedSchema, Field: "schema", Supported: schemas,
		Detail: fmt.Sprintf("schema %s is not supported; use %s", v.Compact(), strings.Join(schemas, " or ")),
	}
}
