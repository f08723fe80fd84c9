package settling

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// maxRows bounds the spans that are held at once, at about 600 bytes each.
	maxRows = 50_000
	// maxMatches bounds the calls that one question about other traces may find.
	maxMatches = 40_000
	// maxHops bounds how far reports of one call are followed from trace to trace.
	maxHops = 3
	// maxClimb bounds the way up from a span; parents may form a cycle.
	maxClimb = 64
)

// facts are the spans of the traces to settle, and of those that may report one of their calls again.
type facts struct {
	rows []*Row
	// traces are those that were read, asked for in looks and found on the way.
	traces map[Trace][]*Row
	asked  map[Trace]bool
	found  map[Trace]Look
}

func (s *Settler) read(ctx context.Context, looks []Look) (*facts, error) {
	f := &facts{traces: map[Trace][]*Row{}, asked: map[Trace]bool{}, found: map[Trace]Look{}}
	for _, l := range looks {
		f.asked[l.Trace] = true
	}
	for hop := 0; len(looks) > 0; hop++ {
		fresh, err := s.readTraces(ctx, f, looks)
		if err != nil {
			return nil, err
		}
		if hop == maxHops {
			break
		}
		depths := make(map[Trace]int, len(looks))
		for _, l := range looks {
			depths[l.Trace] = l.depth
		}
		if looks, err = s.elsewhere(ctx, f, fresh, depths); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (s *Settler) readTraces(ctx context.Context, f *facts, looks []Look) ([]*Row, error) {
	if err := s.store.Bounds(ctx, looks); err != nil {
		return nil, fmt.Errorf("look where traces lie: %w", err)
	}
	for _, l := range looks {
		f.traces[l.Trace] = nil
		if !f.asked[l.Trace] {
			f.found[l.Trace] = l
		}
	}
	from := len(f.rows)
	err := s.store.Facts(ctx, looks, maxRows-from, func(r *Row) {
		// The same ids may be those of another tenant's trace.
		if t := (Trace{r.Tenant, r.TraceID}); f.asked[t] || f.found[t].Last != 0 {
			f.rows = append(f.rows, r)
			f.traces[t] = append(f.traces[t], r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read spans back: %w", err)
	}
	s.counted.Read(len(looks))
	s.crowded.forgetIDs(f.rows[from:], s.now())
	for _, r := range f.rows[from:] {
		if isCall(r.Before.UsageRole) {
			s.sources.Note(&r.Fact)
		}
	}
	return f.rows[from:], nil
}

// elsewhere finds the traces that may report one of the calls again and were not read yet.
func (s *Settler) elsewhere(ctx context.Context, f *facts, rows []*Row, depths map[Trace]int) ([]Look, error) {
	now := s.now()
	k := newKeys(rows, func(f *genai.Fact) bool { return s.sources.Several(f.Tenant, f.Service) && !s.crowded.service(f, now) })
	found := map[Trace]*Look{}
	take := func(m *Match, of *genai.Fact) {
		t := Trace{m.Tenant, m.TraceID}
		if _, known := f.traces[t]; known || of == nil {
			return
		}
		l := found[t]
		if l == nil {
			l = &Look{Trace: t, depth: depths[Trace{of.Tenant, of.TraceID}] + 1}
			found[t] = l
		}
		l.widen(m.Start, max(m.Start, m.End))
	}
	if len(k.responses) > 0 {
		matches, err := s.sameResponses(ctx, &k, rows)
		if err != nil {
			return nil, fmt.Errorf("look for the same response elsewhere: %w", err)
		}
		for _, m := range matches {
			take(m, k.sameResponse(m))
		}
	}
	if len(k.callers) > 0 {
		err := s.store.SameWindow(ctx, k.tokenQuery(), maxMatches, func(m *Match) { take(m, k.sameWindow(m)) })
		switch {
		case errors.Is(err, ErrTooMany) && (len(f.asked) == 1 || len(f.asked) <= fewTraces && k.oneOwner()):
			for key := range k.callers {
				note(s.crowded.services, serviceKey{key.tenant, key.project, key.service}, now)
			}
			s.counted.Skipped(SkippedCrowded, len(f.asked))
		case err != nil:
			return nil, fmt.Errorf("look for the same counts elsewhere: %w", err)
		}
	}
	out := make([]Look, 0, len(found))
	for _, l := range found {
		out = append(out, *l)
	}
	return out, nil
}

// sameResponses asks for other reports of the answers. An id with a crowd of them tells nothing, and is forgotten.
func (s *Settler) sameResponses(ctx context.Context, k *keys, rows []*Row) ([]*Match, error) {
	var matches []*Match
	number := map[responseKey]int{}
	err := s.store.SameResponse(ctx, k.responseQuery(), maxMatches, func(m *Match) {
		matches = append(matches, m)
		number[responseKey{m.Tenant, m.Project, m.ResponseID}]++
	})
	if err != nil {
		return nil, err
	}
	now, some := s.now(), false
	for key, n := range number {
		if n >= Crowd {
			note(s.crowded.ids, key, now)
			delete(k.responses, key)
			some = true
		}
	}
	if some {
		s.crowded.forgetIDs(rows, now)
	}
	return matches, nil
}

// settle decides and returns the rows that have to say something else. Only traces that were asked for are corrected: all that bears
// on them was read. Those that were found on the way and seem to need it are returned to be asked for in turn, so that the verdict on
// a trace is always made from the same place and does not depend on where it was seen from. blind says of which calls the other
// reports were not looked for: what is known to be counted by one of those stays so.
func (f *facts) settle(blind func(*genai.Fact) bool) (corrections []Correction, elsewhere []Look) {
	all := make([]genai.Fact, len(f.rows))
	for i, r := range f.rows {
		all[i] = r.Fact
	}
	genai.Settle(all)
	for i, r := range f.rows {
		c, changed := correct(r, &all[i])
		if !changed || f.countedUnseen(r) && blind(&r.Fact) {
			continue
		}
		if t := (Trace{r.Tenant, r.TraceID}); f.asked[t] {
			corrections = append(corrections, c)
		} else if l, ok := f.found[t]; ok {
			l.arrived = time.UnixMilli(r.Before.Ingested)
			elsewhere = append(elsewhere, l)
			delete(f.found, t)
		}
	}
	return corrections, elsewhere
}

// countedUnseen reports whether the row says that a span of a trace counts instead that was not read.
func (f *facts) countedUnseen(r *Row) bool {
	id, _, ok := strings.Cut(r.Before.CountedBy, ":")
	if !ok {
		return false
	}
	t := Trace{Tenant: r.Tenant}
	if _, err := hex.Decode(t.ID[:], []byte(id)[:min(len(id), 2*len(t.ID))]); err != nil {
		return false
	}
	_, read := f.traces[t]
	return !read
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
