package event

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Link settles what events of one request are to each other: repeats are dropped, late fields join their event, usage and errors
// that were sent apart join the span they name. It returns the records to encode and how many were repeats.
func Link(records []*Record) (kept []*Record, duplicates int, rejected []*Rejection) {
	byID := make(map[string]*Record, len(records))
	var merges []*Record
	for _, rec := range records {
		if rec.Op == OpMerge {
			merges = append(merges, rec)
			continue
		}
		if byID[rec.ID] != nil {
			duplicates++
			continue
		}
		byID[rec.ID] = rec
		kept = append(kept, rec)
	}
	slices.SortStableFunc(merges, func(a, b *Record) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, late := range merges {
		base := byID[late.ID]
		if base == nil {
			rejected = append(rejected, &Rejection{
				Index: late.Index, ID: late.ID, Code: CodeMergeTarget, Field: "op",
				Message: "completes an event that is not in this request; send both together, or the whole event again under its id",
			})
			continue
		}
		base.overlay(late)
	}
	for _, rec := range kept {
		rec.resolve(byID)
	}
	bySpan := map[string]*Record{}
	for _, rec := range kept {
		if rec.SpanID != "" && !rec.Log && !rec.JoinsSpan {
			bySpan[rec.SpanID] = rec
		}
	}
	out := kept[:0]
	for _, rec := range kept {
		absorbed, repeated := rec.join(byID, bySpan)
		if repeated {
			duplicates++
		}
		if !absorbed {
			out = append(out, rec)
		}
	}
	return out, duplicates, rejected
}

// maxAncestors ends the climb through parents that are each other's parents.
const maxAncestors = 64

// resolve replaces names of events by ids of spans where the event is in this request and has ids of its own.
func (rec *Record) resolve(byID map[string]*Record) {
	if target := byID[rec.TargetEventID]; target != nil && target != rec && !rec.JoinsSpan {
		if rec.SpanID == "" {
			rec.SpanID = target.SpanID
		}
		rec.traceOf(target, byID)
	}
	if parent := byID[rec.ParentEventID]; parent != nil && parent != rec {
		if rec.ParentSpanID == "" {
			rec.ParentSpanID = parent.SpanID
		}
		rec.traceOf(parent, byID)
	}
}

// traceOf puts rec into the trace of other, which may itself only name its parent.
func (rec *Record) traceOf(other *Record, byID map[string]*Record) {
	for range maxAncestors {
		if rec.TraceID != "" {
			return
		}
		rec.TraceID, rec.rootEvent = other.TraceID, other.ID
		parent := byID[other.ParentEventID]
		if parent == nil || parent == other {
			if other.ParentEventID != "" {
				rec.rootEvent = other.ParentEventID
			}
			return
		}
		other = parent
	}
}

// overlay writes the fields of late over those of rec.
func (rec *Record) overlay(late *Record) {
	for key, v := range late.Attrs.All() {
		v.CopyTo(rec.Attrs.PutEmpty(key))
	}
	rec.truncated = append(rec.truncated, late.truncated...)
	if late.Usage != nil {
		if rec.Usage == nil {
			rec.Usage = &Usage{}
		}
		for i, c := range late.Usage.counts {
			if c.known {
				rec.Usage.counts[i] = c
			}
		}
		rec.Usage.excludesCache = rec.Usage.excludesCache || late.Usage.excludesCache
		for _, f := range late.Usage.flags {
			rec.Usage.flag(f)
		}
	}
	if rec.Time.IsZero() {
		rec.Time = late.Time
	}
	if !late.End.IsZero() {
		rec.End = late.End
	}
	if late.Duration != 0 {
		rec.Duration = late.Duration
	}
	if late.Status != ptrace.StatusCodeUnset {
		rec.Status, rec.StatusMessage, rec.ErrorType = late.Status, late.StatusMessage, late.ErrorType
	}
	if strings.HasPrefix(late.Name, rec.Name) { // a late event without the model has a poorer name
		rec.Name = late.Name
	}
	for _, f := range []struct{ to, from *string }{
		{&rec.Environment, &late.Environment}, {&rec.TraceID, &late.TraceID},
		{&rec.SpanID, &late.SpanID}, {&rec.ParentSpanID, &late.ParentSpanID},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
}

// join hands usage or an error over to the span it names. What names a span that is not in this request stands on its own below it.
func (rec *Record) join(byID, bySpan map[string]*Record) (absorbed, repeated bool) {
	if !rec.JoinsSpan {
		return false, false
	}
	target := bySpan[rec.SpanID]
	if t := byID[rec.TargetEventID]; target == nil && t != nil && t != rec && !t.Log && !t.JoinsSpan {
		target = t
	}
	if rec.Log { // an error stays a log record of its own
		if target != nil {
			rec.traceOf(target, byID)
			if target.Status == ptrace.StatusCodeUnset {
				target.Status, target.StatusMessage, target.ErrorType = ptrace.StatusCodeError, rec.StatusMessage, rec.ErrorType
			}
		}
		return false, false
	}
	if target == nil || !target.Call {
		if rec.SpanID != "" || rec.TargetEventID != "" {
			if rec.ParentSpanID != "" {
				rec.Displace("parent_span_id", rec.ParentSpanID)
			}
			if rec.SpanID != "" {
				rec.Displace("span_id", rec.SpanID)
			}
			rec.ParentSpanID, rec.ParentEventID, rec.SpanID = rec.SpanID, rec.TargetEventID, ""
		}
		return false, false
	}
	if target.Usage != nil {
		return true, true
	}
	target.absorb(rec)
	return true, false
}

// usageEventPrefix is before the names of attributes that usage sent apart has otherwise than its call.
const usageEventPrefix = nativePrefix + "usage_event."

// absorb takes usage that was sent apart over to its call. Where both say something else, the call's own word stands and the other is
// kept beside it.
func (rec *Record) absorb(usage *Record) {
	rec.Usage = usage.Usage
	usage.Attrs.Remove(standalone)
	rec.Attrs.PutStr(semconv.WatchLLMNativeUsageEventID, usage.ID)
	if !usage.Time.IsZero() {
		rec.Attrs.PutStr(semconv.WatchLLMNativeUsageEventTime, usage.Time.Format(time.RFC3339Nano))
	}
	for key, v := range usage.Attrs.All() {
		own, there := rec.Attrs.Get(key)
		switch {
		case !there && key != semconv.WatchLLMNativeCallID:
			v.CopyTo(rec.Attrs.PutEmpty(key))
		case !there || !own.Equal(v):
			v.CopyTo(rec.Attrs.PutEmpty(usageEventPrefix + key))
		}
	}
}
