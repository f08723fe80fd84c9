package sentry

import (
	"fmt"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// Decoder is Sentry's envelope: spans on their own, in both versions, and transactions with the spans in them. Errors, sessions,
// replays and the like are none of our business and are left out.
var Decoder = foreign.Decoder{
	Name:    "sentry",
	Routes:  []string{"POST /api/{project}/envelope", "POST /api/{project}/envelope/{$}"},
	Decode:  decode,
	BodyKey: bodyKey,
}

func decode(r *foreign.Request) (foreign.Result, error) {
	header, items, err := envelope(r.Body)
	d := decoder{common: commonOf(header.Get("sdk"), header.Get("trace"))}
	if err != nil {
		if len(items) == 0 {
			return foreign.Result{}, err
		}
		d.rejected.Add(err) // what stands before the broken item is taken
	}
	for i, it := range items {
		path := fmt.Sprintf("items[%d]", i)
		switch it.kind {
		case "span", "transaction":
			payload, err := foreign.Parse(it.payload)
			if err != nil {
				d.rejected.Add(fmt.Errorf("%s: is not JSON: %w", path, err))
				continue
			}
			d.item(it.kind, payload, path)
		}
	}
	if d.full != nil {
		return foreign.Result{}, d.full
	}
	own := map[string]any{}
	if id := header.Get("event_id").Text(); id != "" {
		own["id"] = id
	}
	return foreign.Result{Parts: d.parts, Rejected: d.rejected.Count, Answer: foreign.Answer{Body: d.rejected.Answer(own)}}, nil
}

// common is what an envelope, or a transaction, says once of all of its spans.
type common struct{ sdk, sdkVersion, environment, release string }

func commonOf(sdk, where jsontree.Value) common {
	return common{
		sdk: vendorjson.Shared(sdk.Get("name")), sdkVersion: vendorjson.Shared(sdk.Get("version")),
		environment: vendorjson.Shared(where.Get("environment")), release: vendorjson.Shared(where.Get("release")),
	}
}

func (c common) describe(part *foreign.Part) {
	describe(part, c.environment, c.release)
	part.Scope = vendorjson.First(part.Scope, c.sdk)
	part.ScopeVersion = vendorjson.First(part.ScopeVersion, c.sdkVersion)
}

type decoder struct {
	common   common // of the envelope's header
	parts    []foreign.Part
	rejected vendorjson.Rejections
	full     error // more than one request may hold
}

func (d *decoder) item(kind string, payload jsontree.Value, path string) {
	switch spans := payload.Get("items"); {
	case payload.Kind() != jsontree.Object:
		d.rejected.Add(vendorjson.Unexpected(path, payload, "an object"))
	case kind == "transaction":
		d.transaction(payload, path)
	case spans.Kind() == jsontree.Array:
		for i, span := range spans.Elements() {
			d.add(span, fmt.Sprintf("%s.items[%d]", path, i), spanOf)
		}
	default:
		d.add(payload, path, spanOf) // a span without a container, as clients before version 10 send them
	}
}

// transaction is a root span with all that was going on below it.
func (d *decoder) transaction(payload jsontree.Value, path string) {
	first := len(d.parts)
	d.add(payload, path+".contexts.trace", rootOf)
	for i, span := range payload.Get("spans").Elements() {
		d.add(span, fmt.Sprintf("%s.spans[%d]", path, i), spanOf)
	}
	of := commonOf(payload.Get("sdk"), payload)
	for i := first; i < len(d.parts); i++ {
		of.describe(&d.parts[i])
	}
}

func (d *decoder) add(v jsontree.Value, path string, read func(jsontree.Value) (foreign.Part, error)) {
	if d.full = vendorjson.TooMany(len(d.parts) + d.rejected.Count); d.full != nil {
		return
	}
	if v.Kind() != jsontree.Object {
		d.rejected.Add(vendorjson.Unexpected(path, v, "a span"))
		return
	}
	part, err := read(v)
	if err != nil {
		d.rejected.Add(fmt.Errorf("%s.%w", path, err))
		return
	}
	d.common.describe(&part)
	d.parts = append(d.parts, part)
}
