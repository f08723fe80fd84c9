package genai

import (
	"cmp"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// settleSameTokens finds the calls that two instrumentations of one service report, each in its own trace and at least one without
// the provider's id: the windows lie one in the other and the counts are equal, or would be if one did not leave the cache out. Where
// one of them lost the counts, the same model and a window that fills at least half of the other's must do. Each report of one is paired with at most one of the other, so three
// calls at the same time stay three.
func settleSameTokens(s *settling) {
	if list := s.reports(); len(list) > 1 {
		s.pairGroups(list, compareTokens, s.equalCounts)
	}
	if list := s.reports(); slices.ContainsFunc(list, func(i int32) bool { return s.champion(i).fact.Cached > 0 }) {
		s.pairGroups(list, compareOutput, s.uncachedCounts)
	}
	if list := s.reports(); slices.ContainsFunc(list, func(i int32) bool { return !s.champion(i).usage }) {
		s.pairGroups(list, compareCaller, s.lostCounts)
	}
}

// reports are the real spans that stand for the calls found so far, one for each; empty when all are of one source.
func (s *settling) reports() []int32 {
	list := s.order[:0]
	sources := false
	for i := range s.nodes {
		at := int32(i) //nolint:gosec // bounded by the number of facts
		n := &s.nodes[i]
		if !n.model || n.class != at || n.under != none {
			continue
		}
		at = s.realMember(n.best)
		if at == none {
			continue
		}
		sources = sources || len(list) > 0 && !sameSource(s.nodes[list[0]].fact, s.nodes[at].fact)
		list = append(list, at)
	}
	s.order = list
	if !sources {
		return nil
	}
	return list
}

// realMember is a span of the class that was not made from a log: the given one if it is such.
func (s *settling) realMember(i int32) int32 {
	at := i
	for range maxClimb {
		s.steps++
		if !s.nodes[at].fact.FromLog {
			return at
		}
		if at = s.nodes[at].ring; at == i {
			break
		}
	}
	return none
}

// pairGroups sorts reports into groups that may speak of the same calls and pairs those of different sources in each.
func (s *settling) pairGroups(list []int32, group func(a, b *Fact) int, fits func(a, b int32) bool) {
	compare := func(a, b int32) int { return group(s.champion(a).fact, s.champion(b).fact) }
	slices.SortFunc(list, func(a, b int32) int {
		if c := compare(a, b); c != 0 {
			return c
		}
		x, y := s.nodes[a].fact, s.nodes[b].fact
		if c := compareSource(x, y); c != 0 {
			return c
		}
		if x.Start != y.Start {
			return cmp.Compare(x.Start, y.Start)
		}
		return int(a - b)
	})
	p := pairing{s: s, fits: fits}
	for group := range runs(list, func(a, b int32) bool { return compare(a, b) == 0 }) {
		if len(group) > 1 {
			p.pairSources(group)
		}
	}
}

func compareCaller(a, b *Fact) int {
	if c := compareOwners(a, b); c != 0 {
		return c
	}
	if c := strings.Compare(a.Service, b.Service); c != 0 {
		return c
	}
	if c := strings.Compare(a.Role, b.Role); c != 0 {
		return c
	}
	return compareBools(a.Outcome == semconv.OutcomeError, b.Outcome == semconv.OutcomeError)
}

func compareTokens(a, b *Fact) int {
	if c := cmp.Compare(known0(a.Input), known0(b.Input)); c != 0 {
		return c
	}
	return compareOutput(a, b)
}

func compareOutput(a, b *Fact) int {
	if c := cmp.Compare(known0(a.Output), known0(b.Output)); c != 0 {
		return c
	}
	if c := compareOwners(a, b); c != 0 {
		return c
	}
	if c := strings.Compare(a.Service, b.Service); c != 0 {
		return c
	}
	return strings.Compare(a.Role, b.Role)
}

func compareSource(a, b *Fact) int {
	if c := strings.Compare(a.Scope, b.Scope); c != 0 {
		return c
	}
	return strings.Compare(a.Dialect, b.Dialect)
}

// equalCounts: both reports give counts, which the group made equal.
func (s *settling) equalCounts(a, b int32) bool {
	return s.champion(a).usage && s.champion(b).usage && s.mayBeOne(a, b)
}

// uncachedCounts: the group made the outputs equal, and the input of the report that knows nothing of a cache is what the other says
// was not cached.
func (s *settling) uncachedCounts(a, b int32) bool {
	x, y := s.champion(a).fact, s.champion(b).fact
	if x.Cached == 0 {
		x, y = y, x
	}
	n, ok := x.Uncached()
	return ok && y.Cached == 0 && y.Input == known(n) && y.Output.N > 0 && sameModel(x.Model, y.Model) && s.mayBeOne(a, b)
}

// lostCounts: one of the reports gives none, and everything else agrees.
func (s *settling) lostCounts(a, b int32) bool {
	x, y := s.nodes[a].fact, s.nodes[b].fact
	short, long := x.End-x.Start, y.End-y.Start
	if short > long {
		short, long = long, short
	}
	return !(s.champion(a).usage && s.champion(b).usage) && short >= long-short && sameModel(x.Model, y.Model) && s.mayBeOne(a, b)
}

// mayBeOne reports whether nothing proves that two reports are of two calls.
func (s *settling) mayBeOne(a, b int32) bool {
	return !s.hasSource(a, s.nodes[b].fact) && !s.hasSource(b, s.nodes[a].fact) && !s.differentIDs(a, b) && !s.below(a, b) && !s.below(b, a)
}

// below reports whether a span is known to be in the subtree of another: had they been one call, the wrapper rule had found it.
func (s *settling) below(in, out int32) bool {
	for range maxClimb {
		s.steps++
		in = s.nodes[in].parent
		if in == none || in == out {
			return in == out
		}
	}
	return false
}

// sameModel compares names as different clients write them: gpt-5-mini, gpt-5-mini-2026-03-01, openai/gpt-5-mini.
func sameModel(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == "" {
		return false
	}
	b = b[strings.LastIndexByte(b, '/')+1:]
	a = a[strings.LastIndexByte(a, '/')+1:]
	return strings.HasPrefix(b, a) || strings.HasPrefix(a, b)
}
