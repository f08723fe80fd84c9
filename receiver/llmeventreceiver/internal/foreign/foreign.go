package foreign

import (
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Decoder is one vendor's wire format. A new one is a package beside this one and a line in the receiver's list.
type Decoder struct {
	// Name is the key under `foreign` in the configuration, and the value of the metrics' attribute.
	Name string
	// Routes are patterns of http.ServeMux: "POST /api/public/ingestion".
	Routes []string
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
}

// Result is what a request holds.
type Result struct {
	Parts    []Part
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
	// ID, TraceID and ParentID are the vendor's ids, unique within the tenant. Hex ids of W3C length are taken as they are, others
	// are hashed and kept as watchllm.native.span_id, .trace_id and .parent_span_id.
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
	// Final is set when no more parts are to be expected.
	Final bool
}

// NewPart returns a part with empty maps.
func NewPart() Part { return Part{Attributes: pcommon.NewMap(), Resource: pcommon.NewMap()} }
