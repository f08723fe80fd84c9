package foreign

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Decoder is one vendor's wire format. A new one is a package beside this one and a line in the receiver's list.
type Decoder struct {
	// Name is what the configuration lists under `foreign: vendors`, and the value of the metrics' attribute.
	Name string
	// Routes are patterns of http.ServeMux: "POST /api/public/ingestion".
	Routes []string
	// OTLP are patterns under which the vendor's newer clients send OTLP instead.
	OTLP []string
	// Echo names the span that its client may have reported as a Part, too, as Part.Echo does; empty where that cannot be. It is nil
	// for vendors whose clients never do both.
	Echo func(scope pcommon.InstrumentationScope, span ptrace.Span) string
	// Greetings are answers that vendors' clients ask for without a key before they send anything, by pattern.
	Greetings map[string]Answer
	// Decode reads a request. A record that cannot be read is named in the answer or counted in Rejected and costs nothing beside
	// it; an error is for a body that cannot be read at all, and is answered with 400.
	Decode func(r *Request) (Result, error)
}

// Request is one HTTP request, its body decompressed and bounded.
type Request struct {
	Path        string
	Query       url.Values
	ContentType string
	Header      http.Header
	Body        []byte
	Now         time.Time
	// MaxBody is the size that anything a decoder itself inflates may have in total.
	MaxBody int64
}

// Result is what a request holds.
type Result struct {
	Parts    []Part
	Scores   []Score
	Rejected int
	Answer   Answer
}

// Answer is what the vendor's client expects to hear once the parts are taken. The zero value is 200 with {}.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Part is what one record says about one span. Parts with the same ID belong to the same span, in whatever order and request they
// come: clients report the beginning and the end of a call apart. Absent fields are zero; what a part says replaces what an earlier
// one said, attribute by attribute.
type Part struct {
	// ID, TraceID and ParentID are the vendor's ids, unique within the tenant. Hex ids of W3C length, and UUIDs of traces, are taken
	// as they are; others are hashed and kept as watchllm.native.span_id, .trace_id and .parent_span_id.
	ID, TraceID, ParentID string
	Name                  string
	Kind                  ptrace.SpanKind
	Start, End            time.Time
	StatusCode            ptrace.StatusCode
	StatusMessage         string
	// Attributes are the vendor's own names and values, as the reader in internal/genai for this vendor expects them.
	Attributes pcommon.Map
	// Resource attributes; service.name where the format has something like it.
	Resource pcommon.Map
	// Scope names the client library and its version.
	Scope, ScopeVersion string
	// Final is set when no more parts are to be expected: the span is handed on at once.
	Final bool
	// Opens and Closes mark the record that begins a span and the one that ends it, where a client reports the two apart. A span is
	// handed on when both are there. One record may do both and still be followed by others of the same request.
	Opens, Closes bool
	// Enough is set when the part has what matters most, an answer or its counts: the end is then waited for, but not for long.
	Enough bool
	// Order decides between parts that say different things about the same span: the higher wins. The time of the record, say;
	// without it the part that came later wins, and the result depends on the order of arrival.
	Order int64
	// WholeTrace is set when the part is about a trace, not a span: its attributes go to every span of the trace that lacks them,
	// and RootOnly to those without a parent. If no span of the trace comes, it becomes one itself. Closes is set on a part that adds
	// to an earlier one about the trace: spans that await their trace go on waiting for that.
	WholeTrace bool
	RootOnly   pcommon.Map
	// Echo is what a copy of the finished span is recognised by that the same client sends over OTLP under ids of its own. Once the
	// part is taken, the copy is not.
	Echo string
	// AwaitsTrace is set on a part of a span that is incomplete without the part for its whole trace.
	AwaitsTrace bool

	dropped int // attributes there was no room for when parts were merged
}

// NewPart returns a part with empty maps.
func NewPart() Part {
	return Part{Attributes: pcommon.NewMap(), Resource: pcommon.NewMap(), RootOnly: pcommon.NewMap()}
}

// CheckSize refuses parts whose text amounts to more than so many bytes.
func CheckSize(parts []Part, most int64) error {
	left := most
	for i := range parts {
		p := &parts[i]
		left -= int64(len(p.Name) + len(p.StatusMessage) + len(p.Scope) + len(p.ScopeVersion))
		for _, attrs := range []pcommon.Map{p.Attributes, p.Resource, p.RootOnly} {
			for k, v := range attrs.All() {
				left -= int64(len(k) + textSize(v))
			}
		}
		if left < 0 {
			return fmt.Errorf("%w: its spans amount to more than %d bytes, each with what is said of all; split them over several requests", ErrTooLarge, most)
		}
	}
	return nil
}
