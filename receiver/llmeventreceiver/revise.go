package llmeventreceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/native"
)

// maxRevisedAge is below the age at which the store no longer believes a span's clock.
const maxRevisedAge = 9 * 365 * 24 * time.Hour

// revisions are the new versions of earlier events that a request makes.
type revisions struct {
	held  *late.Held
	owner tenancy.Owner
	made  []late.Revision
	of    []*late.Event

	// room is for the text of the events, of which a request of some bytes can name many. There was none for all of them if full.
	room  *inflight.Buffer
	full  bool
	named map[*late.Event]bool
	// settled is what becomes of further reports of a kind about an event, which need not be read again for each of them.
	settled map[settled]late.Result
}

type settled struct {
	event *late.Event
	kind  late.Kind
}

// admit reserves room for completing an event.
func (rv *revisions) admit(e *late.Event) bool {
	if rv.full || rv.named[e] {
		return !rv.full
	}
	rv.named[e] = true
	rv.full = !rv.room.Take(e.Bytes())
	return !rv.full
}

// revise completes events of earlier requests by what a request says of them. An event that is sent again, with what completes it or
// after it was completed, is the earlier one: it is taken out of the records.
func (r *eventReceiver) revise(in *request, owner tenancy.Owner, room *inflight.Buffer) *revisions {
	rv := &revisions{held: r.held, owner: owner, room: room, named: map[*late.Event]bool{}, settled: map[settled]late.Result{}}
	kept, joins := in.records[:0], 0
	for _, rec := range in.records {
		if e := rv.again(rec); e != nil {
			in.duplicates++
			if n := len(rec.Late); n > 0 { // noted once more, as what they are to the earlier event
				in.merged -= n
				in.became[late.Applied] -= n
				rv.apply(in, e, lateOf(rec))
			}
			continue
		}
		if rec.JoinsSpan && rec.Schema == native.Schema {
			joins++
		}
		kept = append(kept, rec)
	}
	in.records = kept
	if joins > 0 {
		rv.join(in)
	}
	var unknown []lateEvent
	for _, of := range byEvent(in.late) {
		if e := rv.held.ByID(owner, of[0].id); e != nil {
			rv.apply(in, e, of)
		} else {
			unknown = append(unknown, of...)
		}
	}
	in.late = unknown
	in.refuseLate(r.cfg.Merge.Window)
	return rv
}

// again finds the earlier event that the record must not be handed on beside.
func (rv *revisions) again(rec *event.Record) *late.Event {
	if !rememberable(rec) {
		return nil
	}
	if e := rv.held.ByID(rv.owner, rec.ID); e != nil && (len(rec.Late) > 0 || e.Revised()) {
		return e
	}
	return nil
}

// rememberable are the events that late fields may complete: those that are spans of their own.
func rememberable(rec *event.Record) bool {
	return rec.Schema == native.Schema && !rec.Log && !rec.JoinsSpan
}

func lateOf(rec *event.Record) []lateEvent {
	out := make([]lateEvent, len(rec.Late))
	for i, p := range rec.Late {
		out[i] = lateEvent{id: rec.ID, Change: late.Change{Part: p}}
	}
	return out
}

func (rv *revisions) apply(in *request, e *late.Event, of []lateEvent) {
	if !rv.admit(e) {
		return
	}
	revision := e.Apply(in.reader(e.Origin.Stamp), changes(of))
	in.note(of, revision.Outcomes)
	rv.add(e, revision)
}

func (rv *revisions) add(e *late.Event, revision late.Revision) {
	if revision.Record != nil {
		rv.made, rv.of = append(rv.made, revision), append(rv.of, e)
	}
}

// join hands usage and errors over to the earlier events they name. What names one of this request is left to Link, and usage that the
// named event cannot have stands on its own.
func (rv *revisions) join(in *request) {
	here := map[string]bool{}
	for _, rec := range in.records {
		if !rec.JoinsSpan && !rec.Log {
			here["id:"+rec.ID] = true
			if rec.SpanID != "" {
				here["span:"+rec.SpanID] = true
			}
		}
	}
	kept := in.records[:0]
	for _, rec := range in.records {
		if !rec.JoinsSpan || here["span:"+rec.SpanID] || here["id:"+rec.TargetEventID] || rv.joined(in, rec) {
			kept = append(kept, rec)
		}
	}
	in.records = kept
}

// joined hands one over and reports whether the record is still to be encoded.
func (rv *revisions) joined(in *request, rec *event.Record) (keep bool) {
	e := rv.target(rec)
	if e == nil {
		return true
	}
	c := late.Change{Kind: late.TokenUsage}
	if rec.Log {
		c.Kind, c.Text = late.Error, late.Failure(rec.ErrorType, rec.StatusMessage)
		if rec.TraceID == "" {
			rec.TraceID = e.Place.Trace.String()
		}
	} else {
		c.Text = late.Usage(rec.Source)
	}
	if !rv.admit(e) {
		return true
	}
	key := settled{e, c.Kind}
	result, known := rv.settled[key]
	if !known {
		revision := e.Apply(in.reader(e.Origin.Stamp), []late.Change{c})
		rv.add(e, revision)
		result = revision.Outcomes[0].Result
		rv.settled[key] = max(result, late.Repeated)
	}
	if rec.Log || result == late.Rejected {
		return true
	}
	in.became[result]++
	if result == late.Repeated {
		in.duplicates++
	}
	return false
}

// target is the earlier event that a record names.
func (rv *revisions) target(rec *event.Record) *late.Event {
	var e *late.Event
	if rec.SpanID != "" {
		e = rv.held.BySpan(rv.owner, event.SpanIDOf(rec.SpanID))
	}
	if e == nil && rec.TargetEventID != "" {
		e = rv.held.ByID(rv.owner, rec.TargetEventID)
	}
	if e == nil || !rec.InTrace(e.Place.Trace) {
		return nil
	}
	return e
}

// encode appends the revisions to the traces, each as its event came.
func (rv *revisions) encode(to ptrace.Traces, src event.Source) {
	origins := map[*late.Origin][]*event.Record{}
	var order []*late.Origin
	for i := range rv.made {
		o := rv.of[i].Origin
		if origins[o] == nil {
			order = append(order, o)
		}
		origins[o] = append(origins[o], rv.made[i].Record)
	}
	for _, o := range order {
		src.Resource, src.Now = o.Resource, o.Now
		traces, _ := event.Encode(origins[o], src)
		traces.ResourceSpans().MoveAndAppendTo(to.ResourceSpans())
	}
}

// commit remembers what was handed on.
func (rv *revisions) commit(in *request, src event.Source, records []*event.Record) {
	for i := range rv.made {
		rv.made[i].Commit()
		rv.held.Grow(&rv.made[i])
	}
	fresh := make([]*event.Record, 0, len(records))
	for _, rec := range records {
		// An id that is a hash can only be found by the span. What began before any plausible time gets another start in the store with
		// each version.
		if rememberable(rec) && (!rec.IDGenerated || rec.SpanID != "") && src.Now.Sub(rec.Place.Start) < maxRevisedAge {
			fresh = append(fresh, rec)
		}
	}
	rv.held.Put(rv.owner, &late.Origin{Resource: src.Resource, Now: src.Now, Stamp: in.stamp}, fresh)
}

func (rv *revisions) abort() {
	for i := range rv.made {
		rv.made[i].Abort()
	}
}

// countLate counts late fields by what became of them.
func (r *eventReceiver) countLate(ctx context.Context, in *request) {
	for result, n := range in.became {
		if n > 0 {
			r.telemetry.ReceiverLlmEventMerges.Add(ctx, int64(n), metric.WithAttributes(attribute.String("result", late.Result(result).String()))) //nolint:gosec // an index of a short array
		}
	}
}
