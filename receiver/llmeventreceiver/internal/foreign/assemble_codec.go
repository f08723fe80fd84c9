package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// A held part is kept as one line of JSON, which is everything that OTLP has no place for, and the rest as an OTLP request of one
// span, so that values keep their types.

// stored is that line.
type stored struct {
	Vendor      string            `json:"vendor"`
	Identity    *tenancy.Identity `json:"identity,omitempty"`
	Received    time.Time         `json:"received"`
	ID          string            `json:"id"`
	TraceID     string            `json:"trace_id,omitempty"`
	ParentID    string            `json:"parent_id,omitempty"`
	Opens       bool              `json:"opens,omitempty"`
	Closes      bool              `json:"closes,omitempty"`
	Final       bool              `json:"final,omitempty"`
	Enough      bool              `json:"enough,omitempty"`
	Order       int64             `json:"order,omitempty"`
	WholeTrace  bool              `json:"whole_trace,omitempty"`
	AwaitsTrace bool              `json:"awaits_trace,omitempty"`
}

var errBadRecord = errors.New("a stored part of a span cannot be read")

// content is the OTLP half of a part.
func content(p *Part) ([]byte, error) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	p.Resource.CopyTo(rs.Resource().Attributes())
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(p.Scope)
	ss.Scope().SetVersion(p.ScopeVersion)
	p.RootOnly.CopyTo(ss.Scope().Attributes())
	span := ss.Spans().AppendEmpty()
	span.SetName(p.Name)
	span.SetKind(p.Kind)
	span.SetStartTimestamp(stamp(p.Start))
	span.SetEndTimestamp(stamp(p.End))
	span.Status().SetCode(p.StatusCode)
	span.Status().SetMessage(p.StatusMessage)
	p.Attributes.CopyTo(span.Attributes())
	return (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
}

func stamp(t time.Time) pcommon.Timestamp {
	if t.IsZero() {
		return 0
	}
	return pcommon.NewTimestampFromTime(t)
}

func moment(t pcommon.Timestamp) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.AsTime()
}

func encodePart(vendor string, who *tenancy.Identity, p *Part, body []byte, received time.Time) ([]byte, error) {
	head, err := json.Marshal(stored{
		Vendor: vendor, Identity: who, Received: received, ID: p.ID, TraceID: p.TraceID, ParentID: p.ParentID,
		Opens: p.Opens, Closes: p.Closes, Final: p.Final, Enough: p.Enough, Order: p.Order, WholeTrace: p.WholeTrace, AwaitsTrace: p.AwaitsTrace,
	})
	if err != nil {
		return nil, err
	}
	return append(append(head, '\n'), body...), nil
}

func decodePart(data []byte) (head stored, p Part, body []byte, err error) {
	line, body, found := bytes.Cut(data, []byte{'\n'})
	if !found || json.Unmarshal(line, &head) != nil {
		return head, p, nil, errBadRecord
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err != nil || td.SpanCount() != 1 || td.ResourceSpans().Len() != 1 {
		return head, p, nil, errBadRecord
	}
	rs := td.ResourceSpans().At(0)
	ss := rs.ScopeSpans().At(0)
	span := ss.Spans().At(0)
	p = Part{
		ID: head.ID, TraceID: head.TraceID, ParentID: head.ParentID,
		Name: span.Name(), Kind: span.Kind(),
		Start: moment(span.StartTimestamp()), End: moment(span.EndTimestamp()),
		StatusCode: span.Status().Code(), StatusMessage: span.Status().Message(),
		Attributes: span.Attributes(), Resource: rs.Resource().Attributes(), RootOnly: ss.Scope().Attributes(),
		Scope: ss.Scope().Name(), ScopeVersion: ss.Scope().Version(),
		Opens: head.Opens, Closes: head.Closes, Final: head.Final, Enough: head.Enough, Order: head.Order,
		WholeTrace: head.WholeTrace, AwaitsTrace: head.AwaitsTrace,
	}
	return head, p, body, nil
}
