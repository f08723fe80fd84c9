package told

import (
	"crypto/sha256"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

// most bounds what is remembered of spans that have been handed on or are held: some ten megabytes of each kind.
const most = 1 << 16

// Memory has the echoes of spans, so that a client which reports the same span in its vendor's format and over OTLP is believed once,
// and their traces, for scores that name only a span. It is safe for concurrent use.
type Memory struct {
	echoes *lru.Cache[key, struct{}]
	traces *lru.Cache[key, string]
}

type key [16]byte

// New returns an empty memory.
func New() (*Memory, error) {
	echoes, err := lru.New[key, struct{}](most)
	if err != nil {
		return nil, err
	}
	traces, err := lru.New[key, string](most)
	return &Memory{echoes: echoes, traces: traces}, err
}

// keyOf has the project in it: what is sent to one may keep nothing out of another, nor tell it anything.
func keyOf(who tenancy.Identity, vendor, name string) (k key) {
	sum := sha256.Sum256([]byte(strings.Join([]string{who.Tenant, who.Project, vendor, name}, "\x00")))
	copy(k[:], sum[:])
	return k
}

// Parts remembers what was taken in the vendor's own format.
func (m *Memory) Parts(who tenancy.Identity, vendor string, parts []foreign.Part) {
	for i := range parts {
		p := &parts[i]
		if p.Echo != "" {
			m.echoes.Add(keyOf(who, vendor, p.Echo), struct{}{})
		}
		if p.TraceID != "" && p.TraceID != p.ID {
			m.traces.Add(keyOf(who, vendor, p.ID), p.TraceID)
		}
	}
}

// WithoutEchoes removes the spans that were told of before, returns how many they were, and remembers the traces of the others.
func (m *Memory) WithoutEchoes(who tenancy.Identity, d *foreign.Decoder, traces ptrace.Traces) (removed int) {
	traces.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				echo := d.Echo(ss.Scope(), s)
				if echo == "" {
					return false
				}
				if m.echoes.Contains(keyOf(who, d.Name, echo)) {
					removed++
					return true
				}
				m.traces.Add(keyOf(who, d.Name, s.SpanID().String()), s.TraceID().String())
				return false
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	return removed
}

// Place gives scores that name a span but no trace the trace of that span. One of which nothing is known is taken for a root, whose
// trace has its id.
func (m *Memory) Place(who tenancy.Identity, vendor string, scores []foreign.Score) {
	for i := range scores {
		s := &scores[i]
		if s.TraceID != "" || s.SpanID == "" {
			continue
		}
		s.TraceID = s.SpanID
		if trace, ok := m.traces.Get(keyOf(who, vendor, s.SpanID)); ok {
			s.TraceID = trace
		}
	}
}
