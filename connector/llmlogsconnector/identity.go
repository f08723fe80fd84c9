package llmlogsconnector

import (
	"crypto/sha256"
	"encoding/binary"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// groups are what holds the events of one piece of work together where there is no trace, the smallest piece first.
var groups = [...]string{"prompt.id", "prompt_id", "turn.id", "gen_ai.conversation.id", "conversation.id", "session.id"}

// marks are what tells two events of one name and time apart. They are taken from the event, never counted here: an event that is sent
// again is the same span, whatever is sent with it.
var marks = [...]string{
	"event.sequence", "event.timestamp", "request_id", "gen_ai.response.id", "call_id", "tool_use_id", "attempt", "model", "duration_ms",
	"input_tokens", "output_tokens", "input_token_count", "output_token_count", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
	"cached_token_count", "cached_content_token_count", "total_token_count", "tool_name", "function_name", "function_args",
}

// trace is the record's own trace and span, or a trace made of what the event belongs to.
func (e *event) trace() (trace pcommon.TraceID, parent pcommon.SpanID) {
	if trace = e.record.TraceID(); !trace.IsEmpty() {
		return trace, e.record.SpanID()
	}
	for _, key := range groups {
		if id := anyText(e.attrs, key); id != "" {
			return traceOf("trace", e.service, key, id), pcommon.SpanID{}
		}
	}
	return traceOf(append([]string{"trace", e.service}, e.marks()...)...), pcommon.SpanID{}
}

func (e *event) spanID(trace pcommon.TraceID) pcommon.SpanID {
	inside := e.record.SpanID()
	sum := digest(append([]string{"span", string(trace[:]), string(inside[:])}, e.marks()...)...)
	return pcommon.SpanID(sum[:8])
}

func traceOf(parts ...string) pcommon.TraceID {
	sum := digest(parts...)
	return pcommon.TraceID(sum[:16])
}

func (e *event) marks() []string {
	at := binary.BigEndian.AppendUint64(nil, uint64(e.when()))
	out := append(make([]string, 0, len(marks)+2), e.name, string(at))
	for _, key := range marks {
		out = append(out, anyText(e.attrs, key))
	}
	return out
}

// digest hashes a list so that no two lists share one text.
func digest(parts ...string) [sha256.Size]byte {
	var b []byte
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return sha256.Sum256(b)
}
