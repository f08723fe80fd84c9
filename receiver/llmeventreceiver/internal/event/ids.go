package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/eventid"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Ids are derived by hashing so that the same event, sent again, is the same span. Ids the sender made are hashed without the
// tenant, so that parents and children that travel separately still meet; the store keeps tenants apart.

// EventID reads the event's own id.
func EventID(r *Reader, v jsontree.Value) {
	id, ok := r.Text(v)
	if !ok {
		return
	}
	if n := utf8.RuneCountInString(id); n == 0 || n > maxIDLength {
		r.Reject(CodeInvalidID, "must have 1 to %d characters, has %d", maxIDLength, n)
		return
	}
	r.Record.ID = id
}

// TraceID, SpanID and ParentSpanID read ids in any form.
func TraceID(r *Reader, v jsontree.Value)      { readID(r, v, &r.Record.TraceID) }
func SpanID(r *Reader, v jsontree.Value)       { readID(r, v, &r.Record.SpanID) }
func ParentSpanID(r *Reader, v jsontree.Value) { readID(r, v, &r.Record.ParentSpanID) }

// ParentEventID reads the id of the parent's event.
func ParentEventID(r *Reader, v jsontree.Value) { readID(r, v, &r.Record.ParentEventID) }

// TargetEventID reads the id of the event that this one is about.
func TargetEventID(r *Reader, v jsontree.Value) { readID(r, v, &r.Record.TargetEventID) }

func readID(r *Reader, v jsontree.Value, to *string) {
	id, ok := r.Text(v)
	if n := utf8.RuneCountInString(id); ok && n > maxNameLength {
		r.Reject(CodeInvalidID, "must have at most %d characters, has %d", maxNameLength, n)
		return
	}
	*to = id
}

// GenerateID gives an event without an id one that the same event gets again: a hash of its content, and of the time it came if
// it has none itself, since two equal events may be meant.
func (rec *Record) GenerateID(source jsontree.Value, now time.Time) {
	h := sha256.New()
	h.Write(source.AppendCompact(nil))
	if rec.Time.IsZero() {
		stamp, _ := now.MarshalBinary() // cannot fail for a clock's time
		h.Write(stamp)
	}
	sum := h.Sum(nil)[:16]
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8, as old clients expect
	s := hex.EncodeToString(sum)
	rec.ID, rec.IDGenerated = s[:8]+"-"+s[8:12]+"-"+s[12:16]+"-"+s[16:20]+"-"+s[20:], true
}

// traceID takes a UUID, which clients without OpenTelemetry make, for the 128 bits it is: whoever looks it up has it written either way.
func traceID(s string) (id pcommon.TraceID, w3c bool) {
	if decodeHex(id[:], s) && !id.IsEmpty() {
		return id, true
	}
	if u, err := uuid.Parse(s); err == nil && len(s) == uuidLength && u != uuid.Nil {
		return pcommon.TraceID(u), false
	}
	sum := sha256.Sum256([]byte(s))
	copy(id[:], sum[:])
	return id, false
}

const uuidLength = 36

func spanID(s string) (id pcommon.SpanID, w3c bool) {
	if decodeHex(id[:], s) && !id.IsEmpty() {
		return id, true
	}
	sum := sha256.Sum256([]byte(s))
	copy(id[:], sum[:])
	return id, false
}

func decodeHex(to []byte, s string) bool {
	if len(s) != hex.EncodedLen(len(to)) {
		return false
	}
	_, err := hex.Decode(to, []byte(strings.ToLower(s)))
	return err == nil
}

func traceOfEvent(tenant, event string) pcommon.TraceID { return eventid.Trace(tenant, event) }

func spanOfEvent(tenant, event string) pcommon.SpanID { return eventid.Span(tenant, event) }

// place is where a record stands in its trace.
type place struct {
	trace        pcommon.TraceID
	span, parent pcommon.SpanID
}

// locate works the ids out and keeps the originals of those that had to be hashed.
func (rec *Record) locate(tenant string, originals func(attr, id string)) place {
	var p place
	var w3c bool
	switch {
	case rec.TraceID != "":
		if p.trace, w3c = traceID(rec.TraceID); !w3c {
			originals(nativeTraceID, rec.TraceID)
		}
	case rec.rootEvent != "":
		p.trace = traceOfEvent(tenant, rec.rootEvent)
	case rec.TargetEventID != "":
		p.trace = traceOfEvent(tenant, rec.TargetEventID)
	case rec.ParentEventID != "":
		p.trace = traceOfEvent(tenant, rec.ParentEventID)
	default:
		p.trace = traceOfEvent(tenant, rec.ID)
	}
	if rec.SpanID != "" {
		if p.span, w3c = spanID(rec.SpanID); !w3c {
			originals(nativeSpanID, rec.SpanID)
		}
	}
	switch {
	case rec.ParentSpanID != "":
		if p.parent, w3c = spanID(rec.ParentSpanID); !w3c {
			originals(nativeParentSpanID, rec.ParentSpanID)
		}
	case rec.ParentEventID != "":
		p.parent = spanOfEvent(tenant, rec.ParentEventID)
	}
	return p
}
