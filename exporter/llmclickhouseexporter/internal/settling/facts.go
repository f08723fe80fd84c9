package settling

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// maxRows bounds the spans that are held at once, at about 600 bytes each.
	maxRows = 50_000
	// maxMatches bounds the calls that one question about other traces may find.
	maxMatches = 20_000
	// maxHops bounds how far reports of one call are followed from trace to trace.
	maxHops = 3
	// maxClimb bounds the way up from a span; parents may form a cycle.
	maxClimb = 64
)

// facts are the spans of some traces and of those that report one of their calls again.
type facts struct {
	rows []*Row
	// traces are those read whole; complete ones had all their calls looked for elsewhere too.
	traces   map[Trace][]*Row
	complete map[Trace]bool
}

func (s *Settler) read(ctx context.Context, looks []Look) (*facts, error) {
	f := &facts{traces: map[Trace][]*Row{}, complete: map[Trace]bool{}}
	for hop := 0; len(looks) > 0; hop++ {
		fresh, err := s.readTraces(ctx, f, looks)
		if err != nil {
			return nil, err
		}
		if hop == maxHops {
			break
		}
		next, err := s.elsewhere(ctx, f, fresh)
		if err != nil {
			return nil, err
		}
		for _, l := range looks {
			f.complete[l.Trace] = true
		}
		looks = next
	}
	return f, nil
}

func (s *Settler) readTraces(ctx context.Context, f *facts, looks []Look) ([]*Row, error) {
	if err := s.store.Bounds(ctx, looks); err != nil {
		return nil, fmt.Errorf("look where traces lie: %w", err)
	}
	for _, l := range looks {
		f.traces[l.Trace] = nil
	}
	from := len(f.rows)
	err := s.store.Facts(ctx, looks, maxRows-from, func(r *Row) {
		t := Trace{r.Tenant, r.TraceID}
		if _, asked := f.traces[t]; asked {
			f.rows = append(f.rows, r)
			f.traces[t] = append(f.traces[t], r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read spans back: %w", err)
	}
	s.counted.Read(len(looks))
	for _, r := range f.rows[from:] {
		if isCall(r) {
			s.scopes.Note(r.Tenant, r.Service, r.Scope)
		}
	}
	return f.rows[from:], nil
}

// elsewhere finds the traces that may report one of the calls again and were not read yet.
func (s *Settler) elsewhere(ctx context.Context, f *facts, rows []*Row) ([]Look, error) {
	k := newKeys(rows, s.scopes)
	found := map[Trace]*Look{}
	take := func(m *Match) {
		if _, known := f.traces[m.Trace]; known {
			return
		}
		l := found[m.Trace]
		if l == nil {
			l = &Look{Trace: m.Trace}
			found[m.Trace] = l
		}
		l.widen(m.Start, max(m.Start, m.End))
	}
	if len(k.responses) > 0 {
		err := s.store.SameResponse(ctx, k.responseQuery(), maxMatches, func(m *Match) {
			if k.sameResponse(m) {
				take(m)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("look for the same response elsewhere: %w", err)
		}
	}
	if len(k.tokens) > 0 {
		err := s.store.SameTokens(ctx, k.tokenQuery(), maxMatches, func(m *Match) {
			if k.sameTokens(m) {
				take(m)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("look for the same counts elsewhere: %w", err)
		}
	}
	out := make([]Look, 0, len(found))
	for _, l := range found {
		out = append(out, *l)
	}
	return out, nil
}

type spanKey struct {
	trace Trace
	span  pcommon.SpanID
}

// settle decides and returns the rows that have to say something else. A span that was stored with two start times has two rows:
// the newer one is the fact, and both get its verdict.
func (f *facts) settle() []Correction {
	all := make([]genai.Fact, 0, len(f.rows))
	index := make(map[spanKey]int, len(f.rows))
	newest := make(map[spanKey]int64, len(f.rows))
	for _, r := range f.rows {
		k := spanKey{Trace{r.Tenant, r.TraceID}, r.SpanID}
		i, twice := index[k]
		switch {
		case !twice:
			index[k] = len(all)
			all = append(all, r.Fact)
		case r.Before.Ingested > newest[k]:
			all[i] = r.Fact
		default:
			continue
		}
		newest[k] = r.Before.Ingested
	}
	genai.Settle(all)
	var out []Correction
	for _, r := range f.rows {
		t := Trace{r.Tenant, r.TraceID}
		if !f.complete[t] {
			continue
		}
		if c, changed := correct(r, &all[index[spanKey{t, r.SpanID}]]); changed {
			out = append(out, c)
		}
	}
	return out
}

// gap reports whether a span is missing that may link two of the trace's rows with usage.
func (f *facts) gap(t Trace) bool {
	rows := f.traces[t]
	usage := 0
	for _, r := range rows {
		if hasUsageRole(r) {
			usage++
		}
	}
	if usage < 2 {
		return false
	}
	parents := make(map[pcommon.SpanID]pcommon.SpanID, len(rows))
	for _, r := range rows {
		parents[r.SpanID] = r.ParentID
	}
	for _, r := range rows {
		if hasUsageRole(r) && !reachesRoot(parents, r.SpanID) {
			return true
		}
	}
	return false
}

func hasUsageRole(r *Row) bool {
	return r.Before.UsageRole != "" && r.Before.UsageRole != semconv.UsageRoleNone
}

func reachesRoot(parents map[pcommon.SpanID]pcommon.SpanID, at pcommon.SpanID) bool {
	for range maxClimb {
		parent, known := parents[at]
		if !known {
			return false
		}
		if parent.IsEmpty() {
			return true
		}
		at = parent
	}
	return true
}
