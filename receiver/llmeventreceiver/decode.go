package llmeventreceiver

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/native"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/seed"
)

// form is how a request was written, and so how it is answered.
type form struct {
	// single is a lone event that is not in a list.
	single bool
	// seeds and natives count the events of each contract.
	seeds, natives int
}

// request is a decoded body.
type request struct {
	form     form
	resource pcommon.Map
	records  []*event.Record
	rejected []*event.Rejection

	limits event.Limits
	header
	// late complete other events.
	late []lateEvent
	// merged of them were taken, repeats included; became counts all by their result.
	merged int
	became [late.Rejected + 1]int
	// duplicates are the events that were taken and are repeats of earlier ones.
	duplicates int
}

// decoder reads bodies in any of the accepted forms.
type decoder struct {
	maxEvents int
	// project is the key's.
	project string
	now     time.Time

	request
}

func newDecoder(cfg *Config, project string, now time.Time) *decoder {
	d := &decoder{maxEvents: cfg.MaxEvents, project: project, now: now}
	d.limits, d.resource = cfg.limits(), pcommon.NewMap()
	return d
}

// parseLimits let an event that nests too deep cost only itself.
var parseLimits = jsontree.Limits{Depth: jsontree.DefaultLimits.Depth, Values: jsontree.DefaultLimits.Values, SkipDeep: true}

// json reads an envelope, a list of events or a lone event.
func (d *decoder) json(body []byte) (*request, *problem) {
	v, err := jsontree.Parse(body, parseLimits)
	if err != nil {
		return nil, unreadable(err)
	}
	switch v.Kind() {
	case jsontree.Array:
		return d.list(v)
	case jsontree.Object:
		if events := v.Get("events"); !events.IsNothing() && v.Get("type").IsNothing() {
			if p := d.envelope(v); p != nil {
				return nil, p
			}
			if events.Kind() != jsontree.Array {
				return nil, &problem{Status: http.StatusBadRequest, Code: event.CodeInvalidType, Field: "events", Detail: "events must be a list, is " + events.Kind().String()}
			}
			return d.list(events)
		}
		if s := v.Get("schema"); !s.IsNothing() && !supported(s) {
			return nil, unsupportedSchema(s)
		}
		d.form.single = true
		d.event(0, v)
		return &d.request, nil
	}
	return nil, &problem{
		Status: http.StatusBadRequest, Code: event.CodeInvalidType,
		Detail: "expected an event, a list of events or an object with the list `events`, found " + v.Kind().String(),
	}
}

// lines reads one event a line; the first line may be an envelope without its events. A line that is no JSON costs only itself.
func (d *decoder) lines(body []byte) (*request, *problem) {
	index, first := 0, true
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if index >= d.maxEvents {
			return nil, d.tooMany(http.StatusRequestEntityTooLarge, d.maxEvents)
		}
		v, err := jsontree.Parse(line, parseLimits)
		isHeader := first && err == nil && isEnvelope(v)
		if first = false; isHeader {
			if p := d.envelope(v); p != nil {
				return nil, p
			}
			continue
		}
		if err != nil {
			d.form.natives++
			d.rejected = append(d.rejected, &event.Rejection{Index: index, Code: event.CodeSyntax, Message: syntaxMessage(err)})
		} else {
			d.event(index, v)
		}
		index++
	}
	return &d.request, nil
}

func (d *decoder) list(events jsontree.Value) (*request, *problem) {
	n, seeds := 0, 0
	for _, v := range events.Elements() {
		if n++; d.isSeed(v) {
			seeds++
		}
	}
	switch {
	case n > d.maxEvents:
		return nil, d.tooMany(http.StatusRequestEntityTooLarge, d.maxEvents)
	case seeds > seed.MaxEvents && seeds == n:
		return nil, d.tooMany(http.StatusBadRequest, seed.MaxEvents)
	}
	for i, v := range events.Elements() {
		d.event(i, v)
	}
	return &d.request, nil
}

func (d *decoder) isSeed(v jsontree.Value) bool {
	return d.schema == seed.Schema || (d.schema == "" && (seed.Is(v) && !nativeOnly(v) || v.Get("schema").Text() == seed.Schema))
}

// nativeOnly is true for events of types that version 0 never had, and that have fields of its clients by chance.
func nativeOnly(v jsontree.Value) bool {
	t := v.Get("type").Text()
	return native.Knows(t) && !seed.Knows(t) && v.Get("eventId", "event_id").IsNothing()
}

// event reads one event and puts it to the records or the rejections.
func (d *decoder) event(index int, v jsontree.Value) {
	schema, isSeed := native.Schema, d.isSeed(v)
	if isSeed {
		schema = seed.Schema
		d.form.seeds++
	} else {
		d.form.natives++
	}
	if !isSeed && isMerge(v) {
		d.merge(index, v)
		return
	}
	rec := event.NewRecord(index, schema)
	rec.Source = v.Raw()
	if rejection := d.read(rec, v, isSeed); rejection != nil {
		d.rejected = append(d.rejected, rejection)
		return
	}
	if rec.ID == "" {
		rec.GenerateID(v, d.now)
	}
	d.stamp.On(rec)
	d.records = append(d.records, rec)
}

func (d *decoder) read(rec *event.Record, v jsontree.Value, isSeed bool) *event.Rejection {
	if rejection := d.tooLarge(rec.Index, v); rejection != nil {
		return rejection
	}
	if v.TooDeep() {
		return &event.Rejection{
			Index: rec.Index, ID: shortID(v.Get("id", "eventId", "event_id").Text()), Code: event.CodeTooDeep,
			Message: fmt.Sprintf("nests deeper than %d levels, those of the request counted", parseLimits.Depth),
		}
	}
	if isSeed {
		return seed.Read(rec, v, d.limits, d.project)
	}
	if rejection := d.otherSchema(rec.Index, v); rejection != nil {
		return rejection
	}
	return native.Read(rec, v, d.limits)
}

func (d *decoder) tooLarge(index int, v jsontree.Value) *event.Rejection {
	if v.Size() <= d.limits.EventBytes {
		return nil
	}
	return &event.Rejection{
		Index: index, ID: shortID(v.Get("id", "eventId", "event_id").Text()), Code: event.CodeTooLarge,
		Message: fmt.Sprintf("has %d bytes; an event may have %d", v.Size(), d.limits.EventBytes),
	}
}

func (d *decoder) otherSchema(index int, v jsontree.Value) *event.Rejection {
	s := v.Get("schema")
	if d.schema != "" || s.IsNothing() || s.Text() == native.Schema {
		return nil
	}
	p := unsupportedSchema(s)
	return &event.Rejection{Index: index, Code: p.Code, Field: p.Field, Message: p.Detail}
}

func shortID(id string) string {
	if len(id) > 64 {
		return ""
	}
	return id
}

func (d *decoder) tooMany(status, most int) *problem {
	return &problem{Status: status, Code: "too_many_events", Detail: fmt.Sprintf("more than %d events; split them over several requests", most)}
}

func unreadable(err error) *problem {
	return &problem{Status: http.StatusBadRequest, Code: event.CodeSyntax, Detail: syntaxMessage(err)}
}

func syntaxMessage(err error) string {
	var syntax *jsontree.SyntaxError
	if errors.As(err, &syntax) {
		return "not valid JSON: " + syntax.Error()
	}
	return err.Error()
}
