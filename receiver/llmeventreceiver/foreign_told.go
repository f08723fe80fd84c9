package llmeventreceiver

import (
	"crypto/sha256"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

// toldMost bounds what is remembered of spans that have been handed on or are held: some ten megabytes of each kind.
const toldMost = 1 << 16

// told remembers of the spans that came what is needed when more about them comes another way: their echoes, so that a client which
// reports the same span in its vendor's format and over OTLP is believed once, and their traces, for scores that name only a span.
type told struct {
	echoes *lru.Cache[toldKey, struct{}]
	traces *lru.Cache[toldKey, string]
}

type toldKey [16]byte

func newTold() (*told, error) {
	echoes, err := lru.New[toldKey, struct{}](toldMost)
	if err != nil {
		return nil, err
	}
	traces, err := lru.New[toldKey, string](toldMost)
	return &told{echoes: echoes, traces: traces}, err
}

func keyOf(fields ...string) (k toldKey) {
	sum := sha256.Sum256([]byte(strings.Join(fields, "\x00")))
	copy(k[:], sum[:])
	return k
}

// keyFor has the project in it: what is sent to one may not keep anything out of another, nor tell it anything.
func keyFor(who tenancy.Identity, vendor, what string) toldKey {
	return keyOf(who.Tenant, who.Project, vendor, what)
}

// parts remembers what was taken in the vendor's own format.
func (m *told) parts(who tenancy.Identity, vendor string, parts []foreign.Part) {
	for i := range parts {
		p := &parts[i]
		if p.Echo != "" {
			m.echoes.Add(keyFor(who, vendor, p.Echo), struct{}{})
		}
		if p.TraceID != "" && p.TraceID != p.ID {
			m.traces.Add(keyFor(who, vendor, p.ID), p.TraceID)
		}
	}
}

// withoutEchoes removes the spans that were told of before, and returns how many they were.
func (m *told) withoutEchoes(who tenancy.Identity, d *foreign.Decoder, traces ptrace.Traces) (removed int) {
	traces.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				echo := d.Echo(ss.Scope(), s)
				if echo == "" {
					return false
				}
				if m.echoes.Contains(keyFor(who, d.Name, echo)) {
					removed++
					return true
				}
				m.traces.Add(keyFor(who, d.Name, s.SpanID().String()), s.TraceID().String())
				return false
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	return removed
}

// place gives scores that name a span but no trace the trace of that span. One of which nothing is known is taken for a root, whose
// trace has its id.
func (m *told) place(who tenancy.Identity, vendor string, scores []foreign.Score) {
	for i := range scores {
		s := &scores[i]
		if s.TraceID != "" || s.SpanID == "" {
			continue
		}
		s.TraceID = s.SpanID
		if trace, ok := m.traces.Get(keyFor(who, vendor, s.SpanID)); ok {
			s.TraceID = trace
		}
	}
}
