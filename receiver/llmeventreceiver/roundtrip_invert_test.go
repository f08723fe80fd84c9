package llmeventreceiver

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/internal/semconv"
)

// object is an event in normal form: the contract's own names, one form of each value.
type object = map[string]any

// inverter turns OTLP that was made from events back into them. It knows the contract from its registry alone.
type inverter struct {
	t testing.TB
	c *contract.Contract
}

// found is one event and what its envelope said.
type found struct{ event, envelope object }

func (inv inverter) all(traces ptrace.Traces, logs plog.Logs) map[string]found {
	out := map[string]found{}
	add := func(f found) {
		id, _ := f.event["id"].(string)
		require.NotContains(inv.t, out, id)
		out[id] = f
	}
	for _, rs := range traces.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				add(inv.span(s, rs.Resource().Attributes().AsRaw()))
			}
		}
	}
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, l := range sl.LogRecords().All() {
				add(inv.log(l, rl.Resource().Attributes().AsRaw()))
			}
		}
	}
	return out
}

// origin is one span or log record being read back: what is left of its attributes, and the event so far.
type origin struct {
	inverter
	attrs, out, envelope object
	// kept are fields without a meaning, by name; those of an object as object/name.
	kept    object
	id, typ string
	isLog   bool
}

func (inv inverter) open(attrs, resource object, isLog bool) *origin {
	o := &origin{inverter: inv, attrs: attrs, out: object{}, envelope: object{}, kept: object{}, isLog: isLog}
	require.Equal(inv.t, inv.c.Schema, o.take(semconv.WatchLLMNativeSchema))
	o.id, o.typ = o.text(semconv.WatchLLMNativeID), o.text(semconv.WatchLLMNativeType)
	o.out["type"] = o.typ
	if o.take(semconv.WatchLLMNativeIDGenerated) == nil {
		o.out["id"] = o.id
	}
	for _, key := range []string{semconv.WatchLLMUsageFlags, semconv.WatchLLMUsageStandalone, semconv.WatchLLMNativeTruncated} {
		o.take(key)
	}
	for name, attr := range map[string]string{"batch_id": semconv.WatchLLMNativeBatchID, "sent_at": semconv.WatchLLMNativeSentAt} {
		if v := o.take(attr); v != nil {
			o.envelope[name] = v
		}
	}
	o.resource(resource)
	return o
}

func (o *origin) take(key string) any {
	v := o.attrs[key]
	delete(o.attrs, key)
	return v
}

func (o *origin) text(key string) string { s, _ := o.take(key).(string); return s }

// resource gives back what the envelope said of all its events.
func (o *origin) resource(attrs object) {
	attrs = maps.Clone(attrs)
	if env := attrs[semconv.DeploymentEnvironmentName]; env != nil {
		o.out["environment"] = env
		delete(attrs, semconv.DeploymentEnvironmentName)
	}
	sdk := object{}
	for name, key := range map[string]string{"name": semconv.TelemetrySdkName, "version": semconv.TelemetrySdkVersion} {
		if v := attrs[key]; v != nil {
			sdk[name] = v
			delete(attrs, key)
		}
	}
	own := object{}
	for key, v := range attrs {
		switch {
		case cut(&key, "watchllm.native.sdk."):
			sdk[key] = v
		case cut(&key, "watchllm.native.envelope."):
			o.envelope[key] = v
		case cut(&key, "watchllm.native.resource."), cut(&key, "watchllm.native.attributes."), !strings.HasPrefix(key, "watchllm."):
			own[key] = v
		default:
			require.Fail(o.t, "an attribute of the resource that nobody sent", key)
		}
	}
	put(o.envelope, "sdk", sdk)
	put(o.envelope, "resource", own)
}

func cut(s *string, prefix string) bool {
	rest, ok := strings.CutPrefix(*s, prefix)
	if ok {
		*s = rest
	}
	return ok
}

func put(to object, name string, o object) {
	if len(o) > 0 {
		to[name] = o
	}
}

func (inv inverter) span(s ptrace.Span, resource object) found {
	o := inv.open(s.Attributes().AsRaw(), resource, false)
	if o.isLog = o.becomesLog(); !o.isLog {
		o.ids(s.TraceID(), s.SpanID(), s.ParentSpanID())
		status := object{}
		if s.Status().Code() != ptrace.StatusCodeUnset {
			status["code"] = strings.ToLower(s.Status().Code().String())
		}
		if s.Status().Message() != "" {
			status["message"] = s.Status().Message()
		}
		put(o.out, "status", status)
	} else { // a span that stands for a log hangs below the one the log belongs to
		o.ids(s.TraceID(), s.ParentSpanID(), pcommon.SpanID{})
		if body, ok := o.attrs[semconv.WatchLLMLogBody]; ok {
			o.take(semconv.WatchLLMLogBody)
			o.out["body"] = contentNormal(body.(string))
		}
		o.severity(o.text(semconv.WatchLLMLogSeverity))
	}
	o.times(s.StartTimestamp().AsTime(), s.EndTimestamp().AsTime())
	return o.finish()
}

func (inv inverter) log(l plog.LogRecord, resource object) found {
	o := inv.open(l.Attributes().AsRaw(), resource, true)
	o.ids(l.TraceID(), l.SpanID(), pcommon.SpanID{})
	if l.Body().Type() != pcommon.ValueTypeEmpty {
		o.out["body"] = l.Body().AsRaw()
	}
	o.severity(l.SeverityText())
	o.times(l.Timestamp().AsTime(), l.Timestamp().AsTime())
	return o.finish()
}

// becomesLog is true for types that become log records where there is a pipeline for them.
func (o *origin) becomesLog() bool {
	t, known := o.c.Type(o.typ)
	return !known || strings.HasPrefix(t.Becomes, "log")
}

func (o *origin) severity(s string) {
	if o.typ == "log" && s != "" {
		o.out["severity"] = s
	}
}

func (o *origin) times(start, end time.Time) {
	if text := o.text(semconv.WatchLLMNativeTime); text == "" {
		o.out["time"] = start.UTC()
	} else if text != "absent" {
		o.out["time"] = text
	}
	if text := o.text(semconv.WatchLLMNativeEndTime); text != "" {
		o.out["end_time"] = text
	}
	if ms, ok := o.take(semconv.WatchLLMNativeDurationMs).(float64); ok {
		o.out["duration_ms"] = ms
	} else if end.After(start) {
		o.out["duration_ms"] = float64(end.Sub(start)) / float64(time.Millisecond)
	}
}

// ids gives back ids that were sent; those that follow from ids of events were not.
func (o *origin) ids(trace pcommon.TraceID, span, parent pcommon.SpanID) {
	const tenant = "acme"
	hash := func(kind, event string, n int) string {
		sum := sha256.Sum256([]byte(kind + "\x00" + tenant + "\x00" + event))
		return hex.EncodeToString(sum[:n])
	}
	call, _ := o.attrs[semconv.WatchLLMNativeCallID].(string)
	target, _ := o.attrs[semconv.WatchLLMNativeTargetEventID].(string)
	derived := func(kind, id string, n int) bool {
		return slices.ContainsFunc([]string{o.id, call, target}, func(event string) bool { return hash(kind, event, n) == id })
	}
	set := func(name, sent, id, kind string, n int) {
		switch {
		case sent != "":
			o.out[name] = sent
		case id != "" && !derived(kind, id, n):
			o.out[name] = id
		}
	}
	set("trace_id", o.text(semconv.WatchLLMNativeTraceID), trace.String(), "trace", 16)
	set("span_id", o.text(semconv.WatchLLMNativeSpanID), span.String(), "span", 8)
	set("parent_span_id", o.text(semconv.WatchLLMNativeParentSpanID), parent.String(), "span", 8)
	displaced := o.text("watchllm.native.own.parent_span_id")
	if displaced != "" {
		o.out["parent_span_id"] = refNormal(displaced, 8)
		if span.String() == wire(displaced) { // a log record stands in its parent if it names no span
			delete(o.out, "span_id")
		}
	}
	switch o.typ {
	case "token_usage": // stands below the call that it names
		span := o.text("watchllm.native.own.span_id")
		if displaced == "" && (span != "" || call != "") {
			delete(o.out, "parent_span_id")
		}
		if span != "" {
			o.out["span_id"] = refNormal(span, 8)
		}
	case "evaluation", "feedback": // stand where their target does
		t := object{}
		for _, name := range []string{"span_id", "trace_id"} {
			if v := o.out[name]; v != nil {
				t[name] = v
				delete(o.out, name)
			}
		}
		put(o.out, "target", t)
	}
}

// wire is the span id that an id becomes.
func wire(id string) string {
	if b, err := hex.DecodeString(id); err == nil && len(b) == 8 {
		return strings.ToLower(id)
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// finish gives back every attribute as the field it was.
func (o *origin) finish() found {
	fields := o.c.Common
	if t, ok := o.c.Type(o.typ); ok {
		fields = o.c.Fields(t)
	}
	if !slices.ContainsFunc(fields, func(f contract.Field) bool { return f.Name == "operation" }) {
		o.take(semconv.GenAIOperationName)
	}
	if o.typ == "error" { // what it says is the log's too
		o.take(semconv.ErrorType)
	}
	if o.typ == "evaluation" || o.typ == "feedback" {
		if v, ok := o.attrs[semconv.GenAIConversationID]; ok {
			delete(o.attrs, semconv.GenAIConversationID)
			o.group("target")["conversation_id"] = v
		}
	}
	for _, f := range fields {
		if f.Attribute != "" && f.On == "" {
			if v, ok := o.attrs[f.Attribute]; ok {
				delete(o.attrs, f.Attribute)
				o.out[f.Name] = o.back(f, v)
			}
		}
		if f.Group != "" {
			o.members(f)
		}
	}
	attributes := object{}
	for key, v := range o.attrs {
		group, name, nested := strings.Cut(strings.TrimPrefix(key, "watchllm.native."), ".")
		switch {
		case cut(&key, "watchllm.native.attributes."), !strings.HasPrefix(key, "watchllm."):
			attributes[key] = v
		case cut(&key, "watchllm.native.own."):
			o.kept["own/"+key] = v
			if key != "conversation_id" {
				o.kept["own/"+key] = refNormal(v.(string), map[bool]int{true: 16, false: 8}[key == "trace_id"])
			}
		case cut(&key, "watchllm.native.field."):
			o.kept[key] = v
		case !cut(&key, "watchllm.native."):
			require.Fail(o.t, "an attribute that nobody sent", key)
		case nested && o.c.Group(group) != nil:
			known := slices.ContainsFunc(o.c.Group(group), func(f contract.Field) bool { return f.Name == name })
			switch field := o.fieldOf(group); {
			case known && !o.has(field, name): // its own place is taken by something else
				o.group(field)[name] = v
			default:
				o.kept[field+"/"+strings.TrimPrefix(name, "also.")] = v
			}
		default:
			o.kept[strings.TrimPrefix(key, "also.")] = v
		}
	}
	put(o.out, "kept", o.kept)
	put(o.out, "attributes", attributes)
	return found{o.out, o.envelope}
}

// fieldOf is the field of the type that holds a group.
func (o *origin) fieldOf(group string) string {
	if t, _ := o.c.Type(o.typ); group == "usage" && slices.Contains(t.Uses, "agent") {
		return "usage_aggregate"
	}
	return group
}

func (o *origin) has(field, name string) bool {
	members, _ := o.out[field].(object)
	_, there := members[name]
	return there
}

func (o *origin) group(name string) object {
	if o.out[name] == nil {
		o.out[name] = object{}
	}
	return o.out[name].(object)
}

// members gives back the fields of an object.
func (o *origin) members(f contract.Field) {
	for _, m := range o.c.Group(f.Group) {
		if v, ok := o.attrs[m.Attribute]; ok && m.Attribute != "" {
			delete(o.attrs, m.Attribute)
			o.group(f.Name)[m.Name] = o.back(m, v)
		}
	}
	if f.Group != "usage" {
		return
	}
	if o.take(semconv.WatchLLMUsageBasis) == semconv.UsageBasisExcludesCacheCorrected {
		usage := o.group(f.Name)
		for _, cached := range []string{"cache_read_input_tokens", "cache_write_input_tokens"} {
			if n, ok := usage[cached].(int64); ok {
				usage["input_tokens"] = usage["input_tokens"].(int64) - n
			}
		}
		usage["includes_cache"] = false
	}
}

// back is the value of a field in normal form.
func (o *origin) back(f contract.Field, v any) any {
	switch f.Kind {
	case "milliseconds":
		return math.Round(v.(float64)*1e9) / 1e6
	case "money":
		r, ok := new(big.Rat).SetString(v.(string))
		require.True(o.t, ok)
		return r.RatString()
	case "content", "message":
		return contentNormal(v.(string))
	}
	return v
}
