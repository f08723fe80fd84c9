package event

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Op says what an event does.
type Op uint8

// Ops.
const (
	OpCreate Op = iota
	// OpMerge adds late fields to an event of the same id.
	OpMerge
)

// Record is one event, read and checked, before it becomes a span or a log record.
type Record struct {
	Index int
	// Schema and Type are what the sender named.
	Schema, Type string
	ID           string
	IDGenerated  bool
	// BatchID and SentAt are those of the envelope the event came in, as sent.
	BatchID, SentAt string
	Op              Op
	Seq             int64

	// TraceID, SpanID and ParentSpanID are as sent, in whatever form.
	TraceID, SpanID, ParentSpanID string
	// ParentEventID names the parent by its event instead.
	ParentEventID string
	// TargetEventID names the event that this one is about: an evaluation's, or the call that usage belongs to.
	TargetEventID string
	// rootEvent is the event whose trace this one belongs to, once linked.
	rootEvent string

	// Time is the start of a span or the time of a log; zero means that none was sent.
	Time, End time.Time
	Duration  time.Duration
	// EndsAtTime is set when Time is the moment the event ended, so that Duration counts backwards from it.
	EndsAtTime bool
	// timeText and endText are the times as sent.
	timeText, endText string

	// Log is set for events that become log records.
	Log  bool
	Name string
	Kind ptrace.SpanKind

	Status        ptrace.StatusCode
	StatusMessage string
	ErrorType     string

	// ForeignProject is set when the sender named another project than its key's; the key decides.
	ForeignProject bool

	Environment         string
	SDKName, SDKVersion string

	Severity     plog.SeverityNumber
	SeverityText string
	Body         pcommon.Value

	Usage *Usage
	// Call is set for calls of a model: usage that was sent apart can be theirs.
	Call bool
	// JoinsSpan is set for usage and errors that belong to another event's span, if it is in the same request.
	JoinsSpan bool

	Attrs     pcommon.Map
	truncated []string
}

// NewRecord is an empty record of the index'th event.
func NewRecord(index int, schema string) *Record {
	const usual = 24 // attributes of a model call; growing in steps costs more
	rec := &Record{Index: index, Schema: schema, Kind: ptrace.SpanKindInternal, Attrs: pcommon.NewMap(), Body: pcommon.NewValueEmpty()}
	rec.Attrs.EnsureCapacity(usual)
	return rec
}

// writes is true for attributes that a field of the event has set, or will.
func (rec *Record) writes(attr string) bool {
	if attr == semconv.ErrorType && rec.ErrorType != "" {
		return true
	}
	if rec.Usage != nil {
		for i, name := range countAttributes {
			if attr == name && rec.Usage.counts[i].known {
				return true
			}
		}
	}
	_, there := rec.Attrs.Get(attr)
	return there
}
