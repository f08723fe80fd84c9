package llmeventreceiver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/late"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/native"
)

// lateEvent is an event with `op: merge`.
type lateEvent struct {
	id string
	late.Change
}

func isMerge(v jsontree.Value) bool { return v.Get("op").Text() == "merge" }

// merge takes down an event that completes another one. What it says is checked together with that one.
func (d *decoder) merge(index int, v jsontree.Value) {
	m, rejection := d.readMerge(index, v)
	if rejection != nil {
		d.rejected = append(d.rejected, rejection)
		return
	}
	d.late = append(d.late, m)
}

func (d *decoder) readMerge(index int, v jsontree.Value) (lateEvent, *event.Rejection) {
	var m lateEvent
	if rejection := d.tooLarge(index, v); rejection != nil {
		return m, rejection
	}
	if rejection := d.otherSchema(index, v); rejection != nil {
		return m, rejection
	}
	r := event.NewReader(event.NewRecord(index, native.Schema), d.limits)
	r.In("id", func() {
		if id := v.Get("id"); id.IsNothing() {
			r.Reject(event.CodeMissingField, "is missing; a merge names the event that it completes")
		} else {
			event.EventID(r, id)
		}
	})
	m.id = r.Record.ID
	r.In("seq", func() {
		if seq := v.Get("seq"); !seq.IsNothing() {
			n, ok := seq.Int()
			if !ok || n < 0 {
				r.Reject(event.CodeInvalidNumber, "must be a whole number that counts up")
			}
			m.Seq = n
		}
	})
	r.In("type", func() {
		if typ := v.Get("type"); !typ.IsNothing() {
			m.Type, _ = r.Text(typ)
		}
	})
	m.Index, m.Text = index, v.Raw()
	return m, r.Rejection()
}

// complete joins late fields with the events of the same request. What is left in late is about events of earlier ones.
func (in *request) complete() {
	if len(in.late) == 0 {
		return
	}
	byID := make(map[string]int, len(in.records))
	for i, rec := range in.records {
		if _, there := byID[rec.ID]; !there {
			byID[rec.ID] = i
		}
	}
	for _, of := range byEvent(in.late) {
		at, there := byID[of[0].id]
		if !there || in.records[at].Schema != native.Schema {
			continue
		}
		rec := in.records[at]
		e := late.NewEvent(rec.ID, rec.Source)
		revision := e.Apply(in.reader(in.stamp), changes(of))
		in.note(of, revision.Outcomes)
		if whole := revision.Record; whole != nil {
			whole.Index, whole.Source, whole.Late = rec.Index, rec.Source, e.Taken()
			in.records[at] = whole
		}
	}
	in.late = slices.DeleteFunc(in.late, func(m lateEvent) bool {
		at, there := byID[m.id]
		return there && in.records[at].Schema == native.Schema
	})
}

// byEvent sorts late fields by the event they complete, in the order in which the first of each came.
func byEvent(all []lateEvent) [][]lateEvent {
	var out [][]lateEvent
	at := map[string]int{}
	for _, m := range all {
		i, there := at[m.id]
		if !there {
			i = len(out)
			at[m.id] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], m)
	}
	return out
}

func changes(of []lateEvent) []late.Change {
	out := make([]late.Change, len(of))
	for i, m := range of {
		out[i] = m.Change
	}
	return out
}

// note counts what became of late fields, and puts those that did not fit to the rejections.
func (in *request) note(of []lateEvent, outcomes []late.Outcome) {
	for i, o := range outcomes {
		in.became[o.Result]++
		switch o.Result {
		case late.Repeated:
			in.duplicates++
			in.merged++
		case late.Applied:
			in.merged++
		case late.Rejected:
			r := *o.Rejection
			r.Index, r.ID = of[i].Index, of[i].id
			in.rejected = append(in.rejected, &r)
		}
	}
}

// reader reads an event that was put together.
func (in *request) reader(stamp event.Stamp) late.Read {
	return func(text []byte) (*event.Record, *event.Rejection) {
		if len(text) > in.limits.EventBytes {
			return nil, &event.Rejection{
				Code: event.CodeTooLarge, Message: fmt.Sprintf("makes an event of %d bytes; an event may have %d", len(text), in.limits.EventBytes),
			}
		}
		v, err := jsontree.Parse(text, jsontree.DefaultLimits)
		if err != nil {
			return nil, &event.Rejection{Code: event.CodeSyntax, Message: syntaxMessage(err)}
		}
		rec := event.NewRecord(0, native.Schema)
		if rejection := native.Read(rec, v, in.limits); rejection != nil {
			return nil, rejection
		}
		stamp.On(rec)
		return rec, nil
	}
}

// refuseLate rejects late fields of events that nobody here knows.
func (in *request) refuseLate(window time.Duration) {
	in.became[late.Rejected] += len(in.late)
	for _, m := range in.late {
		in.rejected = append(in.rejected, &event.Rejection{
			Index: m.Index, ID: m.id, Code: event.CodeMergeTarget, Field: "op",
			Message: fmt.Sprintf("completes an event that is not known: none with this id came in this request or, to this server, in the last %s; nothing was changed. "+
				"Tokens can always be sent as a token_usage event with the call's span_id or call_id", brief(window)),
		})
	}
	in.late = nil
}

// brief is 15m where Go says 15m0s.
func brief(d time.Duration) string {
	text := d.String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-2]
		}
	}
	return text
}
