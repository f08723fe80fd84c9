package eventid

import (
	"crypto/sha256"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Trace is the trace of an event that names none. Tenants do not share ids of events.
func Trace(tenant, event string) (id pcommon.TraceID) {
	sum := sha256.Sum256([]byte("trace\x00" + tenant + "\x00" + event))
	copy(id[:], sum[:])
	return id
}

// Span is the span of an event that names none, and what an event below it has for its parent if it knows that by its event only.
func Span(tenant, event string) (id pcommon.SpanID) {
	sum := sha256.Sum256([]byte("span\x00" + tenant + "\x00" + event))
	copy(id[:], sum[:])
	return id
}
