package event

import (
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Link settles what events of one request are to each other: repeats are dropped, usage and errors that were sent apart join the
// span they name. It returns the records to encode and how many were repeats.
func Link(records []*Record) (kept []*Record, duplicates int) {
	byID := make(map[string]*Record, len(records))
	for _, rec := range records {
		if byID[rec.ID] != nil {
			duplicates++
			continue
		}
		byID[rec.ID] = rec
		kept = append(kept, rec)
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
	return out, duplicates
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
				target.Joined = append(target.Joined, rec)
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
	target.Joined = append(target.Joined, rec)
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
