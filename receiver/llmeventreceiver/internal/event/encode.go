package event

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// scopeName is the instrumentation scope of everything that came as an event; its version is the contract's.
	scopeName = "watchllm.events"

	nativeTraceID      = semconv.WatchLLMNativeTraceID
	nativeSpanID       = semconv.WatchLLMNativeSpanID
	nativeParentSpanID = semconv.WatchLLMNativeParentSpanID
	standalone         = semconv.WatchLLMUsageStandalone
)

// Source is what records of one request have in common.
type Source struct {
	Tenant string
	// Now is the receiver's clock.
	Now time.Time
	// Resource holds the envelope's resource attributes.
	Resource pcommon.Map
	// LogsAsSpans is set where nobody takes logs: what would be a log record becomes a span without duration instead, so that
	// nothing that was accepted is lost.
	LogsAsSpans bool
}

// Encoder turns records into OTLP. Records of one origin share a resource.
type Encoder struct {
	src    Source
	traces ptrace.Traces
	logs   plog.Logs
	spans  map[origin]ptrace.SpanSlice
	recs   map[origin]plog.LogRecordSlice
}

type origin struct{ environment, sdkName, sdkVersion, contract string }

// Encode turns records into traces and logs; either may be empty.
func Encode(records []*Record, src Source) (ptrace.Traces, plog.Logs) {
	e := Encoder{
		src: src, traces: ptrace.NewTraces(), logs: plog.NewLogs(),
		spans: map[origin]ptrace.SpanSlice{}, recs: map[origin]plog.LogRecordSlice{},
	}
	for _, rec := range records {
		e.encode(rec)
	}
	return e.traces, e.logs
}

func (e *Encoder) encode(rec *Record) {
	start, end, clock, endText := rec.settle(e.src.Now)
	attrs := rec.Attrs
	attrs.PutStr(semconv.WatchLLMNativeSchema, rec.Schema)
	attrs.PutStr(semconv.WatchLLMNativeType, rec.Type)
	attrs.PutStr(semconv.WatchLLMNativeID, rec.ID)
	if rec.IDGenerated {
		attrs.PutBool(semconv.WatchLLMNativeIDGenerated, true)
	}
	rec.keepUnseen(clock, endText)
	if rec.ErrorType != "" {
		attrs.PutStr(semconv.ErrorType, rec.ErrorType)
	}
	if len(rec.truncated) > 0 {
		list := attrs.PutEmptySlice(semconv.WatchLLMNativeTruncated)
		for _, t := range rec.truncated {
			list.AppendEmpty().SetStr(t)
		}
	}
	if rec.Usage != nil {
		rec.Usage.write(attrs)
	}
	if rec.Log && rec.Time.IsZero() {
		start = e.src.Now // what was logged happened at one moment
	}
	p := rec.locate(e.src.Tenant, func(attr, id string) { attrs.PutStr(attr, id) })
	switch {
	case !rec.Log:
		if p.span.IsEmpty() {
			p.span = spanOfEvent(e.src.Tenant, rec.ID)
		}
		e.span(rec, p, start, end)
	case e.src.LogsAsSpans:
		e.logAsSpan(rec, p, start)
	default:
		e.log(rec, p, start)
	}
}

// keepUnseen keeps what was sent and the shape of a span or a log record has no place for.
func (rec *Record) keepUnseen(clock, endText string) {
	attrs := rec.Attrs
	for _, f := range []struct{ key, value string }{
		{semconv.WatchLLMNativeTime, clock}, {semconv.WatchLLMNativeBatchID, rec.BatchID}, {semconv.WatchLLMNativeSentAt, rec.SentAt},
		{semconv.WatchLLMNativeParentEventID, rec.parentEvent()},
	} {
		if f.value != "" {
			attrs.PutStr(f.key, f.value)
		}
	}
	if !rec.Log {
		if endText != "" {
			attrs.PutStr(semconv.WatchLLMNativeEndTime, endText)
		}
		return
	}
	if rec.endText != "" {
		attrs.PutStr(semconv.WatchLLMNativeEndTime, rec.endText)
	}
	if rec.Duration != 0 {
		if other, there := attrs.Get(semconv.WatchLLMNativeDurationMs); there { // a second spelling
			rec.Displace("duration_ms", other.AsString())
		}
		attrs.PutDouble(semconv.WatchLLMNativeDurationMs, float64(rec.Duration)/float64(time.Millisecond))
	}
	if rec.ParentSpanID != "" {
		rec.Displace("parent_span_id", rec.ParentSpanID)
	}
}

// parentEvent is the event that the sender named as the parent; the one that usage sent apart belongs to is kept as its call.
func (rec *Record) parentEvent() string {
	if rec.JoinsSpan {
		return ""
	}
	return rec.ParentEventID
}

func (e *Encoder) span(rec *Record, p place, start, end time.Time) {
	s := e.spanSlice(rec).AppendEmpty()
	s.SetTraceID(p.trace)
	s.SetSpanID(p.span)
	s.SetParentSpanID(p.parent)
	s.SetName(rec.Name)
	s.SetKind(rec.Kind)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(end))
	s.Status().SetCode(rec.Status)
	s.Status().SetMessage(rec.StatusMessage)
	rec.Attrs.MoveTo(s.Attributes())
}

func (e *Encoder) log(rec *Record, p place, at time.Time) {
	l := e.logSlice(rec).AppendEmpty()
	l.SetTimestamp(pcommon.NewTimestampFromTime(at))
	l.SetObservedTimestamp(pcommon.NewTimestampFromTime(e.src.Now))
	l.SetEventName(rec.Name)
	l.SetSeverityNumber(rec.Severity)
	l.SetSeverityText(rec.SeverityText)
	switch {
	case !p.span.IsEmpty():
		l.SetSpanID(p.span)
	case rec.TargetEventID != "":
		l.SetSpanID(spanOfEvent(e.src.Tenant, rec.TargetEventID))
	case !p.parent.IsEmpty():
		l.SetSpanID(p.parent)
	}
	if rec.TraceID != "" || rec.rootEvent != "" || rec.TargetEventID != "" || rec.ParentEventID != "" {
		l.SetTraceID(p.trace)
	}
	rec.Body.CopyTo(l.Body())
	rec.Attrs.MoveTo(l.Attributes())
}

func (e *Encoder) logAsSpan(rec *Record, p place, at time.Time) {
	switch { // the span a log belongs to becomes the parent of the span that stands for the log
	case !p.span.IsEmpty():
		p.parent = p.span
	case rec.TargetEventID != "":
		p.parent = spanOfEvent(e.src.Tenant, rec.TargetEventID)
	}
	p.span = spanOfEvent(e.src.Tenant, rec.ID)
	if rec.Body.Type() != pcommon.ValueTypeEmpty {
		rec.Attrs.PutStr(semconv.WatchLLMLogBody, rec.Body.AsString())
	}
	if rec.SeverityText != "" {
		rec.Attrs.PutStr(semconv.WatchLLMLogSeverity, rec.SeverityText)
	}
	if rec.Name == "" {
		rec.Name = "log"
	}
	e.span(rec, p, at, at)
}

func (rec *Record) origin() origin {
	return origin{rec.Environment, rec.SDKName, rec.SDKVersion, rec.Schema[strings.LastIndexByte(rec.Schema, '/')+1:]}
}

func (e *Encoder) spanSlice(rec *Record) ptrace.SpanSlice {
	o := rec.origin()
	spans, ok := e.spans[o]
	if !ok {
		rs := e.traces.ResourceSpans().AppendEmpty()
		e.describe(rs.Resource().Attributes(), o)
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(scopeName)
		ss.Scope().SetVersion(o.contract)
		spans = ss.Spans()
		e.spans[o] = spans
	}
	return spans
}

func (e *Encoder) logSlice(rec *Record) plog.LogRecordSlice {
	o := rec.origin()
	recs, ok := e.recs[o]
	if !ok {
		rl := e.logs.ResourceLogs().AppendEmpty()
		e.describe(rl.Resource().Attributes(), o)
		sl := rl.ScopeLogs().AppendEmpty()
		sl.Scope().SetName(scopeName)
		sl.Scope().SetVersion(o.contract)
		recs = sl.LogRecords()
		e.recs[o] = recs
	}
	return recs
}

func (e *Encoder) describe(attrs pcommon.Map, o origin) {
	e.src.Resource.CopyTo(attrs)
	replace := func(key, value string) {
		if was, there := attrs.Get(key); there && was.AsString() != value {
			was.CopyTo(attrs.PutEmpty(nativePrefix + "resource." + key))
		}
		attrs.PutStr(key, value)
	}
	for _, f := range []struct{ key, value string }{
		{semconv.DeploymentEnvironmentName, o.environment}, {semconv.TelemetrySdkName, o.sdkName}, {semconv.TelemetrySdkVersion, o.sdkVersion},
	} {
		if f.value != "" {
			replace(f.key, f.value)
		}
	}
}
