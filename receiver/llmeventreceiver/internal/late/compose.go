package late

import (
	"slices"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// byField are the fields whose own fields count one by one. Of every other field the last value replaces those before as a whole.
var byField = []string{"usage", "usage_aggregate", "usageAggregate", "params", "attributes"}

// own are the fields that say which event it is and what is done with it: those of the event that is completed stand.
var own = []string{"id", "type", "schema", "op", "seq"}

// ofUsage are the fields of a usage event that are about that event, not about the call.
var ofUsage = append([]string{
	"time", "timestamp", "start_time", "startTime", "end_time", "endTime", "duration_ms", "durationMs",
	"trace_id", "traceId", "span_id", "spanId", "parent_span_id", "parentSpanId", "call_id", "callId",
}, own...)

// compose writes the event that the parts make together: of each field the value of the last part that has it. What was written last
// stands first, because of a field's several names the first counts.
func compose(parts []jsontree.Value, base int) []byte {
	var all object
	for i, part := range parts {
		all.add(part, i != base, true)
	}
	return all.append(nil)
}

// object is a JSON object that is being put together.
type object struct {
	fields []field
	// at is the place of each name in fields.
	at map[string]int
}

type field struct {
	name  string
	value jsontree.Value
	// inner is set for a field whose own fields count one by one.
	inner *object
}

func (o *object) add(part jsontree.Value, withoutOwn, outermost bool) {
	for name, v := range part.Members() {
		if v.IsNothing() || withoutOwn && slices.Contains(own, name) {
			continue
		}
		f := field{name: name, value: v}
		before, there := o.at[name]
		if outermost && v.Kind() == jsontree.Object && slices.Contains(byField, name) {
			f.inner = &object{}
			if there && o.fields[before].inner != nil {
				f.inner = o.fields[before].inner
			}
			f.inner.add(v, false, false)
		}
		if there {
			o.fields[before].name = ""
			o.fields[before].value = jsontree.Value{}
		}
		if o.at == nil {
			o.at = map[string]int{}
		}
		o.at[name] = len(o.fields)
		o.fields = append(o.fields, f)
	}
}

func (o *object) append(dst []byte) []byte {
	dst = append(dst, '{')
	first := true
	for _, f := range slices.Backward(o.fields) {
		if f.value.Kind() == jsontree.Missing {
			continue // written again later
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendText(dst, f.name)
		dst = append(dst, ':')
		if f.inner != nil {
			dst = f.inner.append(dst)
		} else {
			dst = append(dst, f.value.Raw()...)
		}
	}
	return append(dst, '}')
}

// appendText writes text as JSON; what is not valid UTF-8 was replaced when it was read.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// Usage is what a usage event says of its call, nil if the text is no event.
func Usage(source []byte) []byte {
	v, err := jsontree.Parse(source, jsontree.DefaultLimits)
	if err != nil {
		return nil
	}
	var o object
	for name, member := range v.Members() {
		if !slices.Contains(ofUsage, name) && !member.IsNothing() {
			o.fields = append(o.fields, field{name: name, value: member})
		}
	}
	return o.append(nil)
}

// Failure is what an error event says of the call it names.
func Failure(errorType, message string) []byte {
	dst := append([]byte(nil), `{"status":{"code":"error"`...)
	for _, f := range [...]struct{ name, value string }{{"error_type", errorType}, {"message", message}} {
		if f.value != "" {
			dst = append(dst, ",\""+f.name+"\":"...)
			dst = appendText(dst, f.value)
		}
	}
	return append(dst, "}}"...)
}
