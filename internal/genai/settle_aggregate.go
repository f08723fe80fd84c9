package genai

import (
	"cmp"
	"slices"

	"github.com/watchllm/watchllm/internal/semconv"
)

// maxScan bounds the spans that are looked at for what may lie in the window of one sum.
const maxScan = 1024

// settleAggregates lets the sum of an agent, workflow or step count when no call of it is visible: nothing below it has counts, nor
// does a span of the trace that hangs elsewhere for want of a parent lie in its window. Of several sums one in another the innermost
// count: a turn before its task before the agent.
func settleAggregates(s *settling) {
	from := int32(0)
	for _, t := range s.traces {
		s.countAlone(from, t[0])
		s.settleTrace(t[0], t[1])
		from = t[1]
	}
	s.countAlone(from, int32(len(s.nodes))) //nolint:gosec // bounded by the number of facts
}

// countAlone is for spans that are alone in their traces.
func (s *settling) countAlone(from, to int32) {
	for i := from; i < to; i++ {
		s.nodes[i].counts = s.nodes[i].aggregate
	}
}

func (s *settling) settleTrace(from, to int32) {
	sums := false
	for i := from; i < to && !sums; i++ {
		sums = s.nodes[i].aggregate
	}
	if !sums {
		return
	}
	known := make([]bool, to-from) // counts are known below
	var loose []int32              // spans with counts, by start
	for i := from; i < to; i++ {
		n := &s.nodes[i]
		if !n.usage || !n.model && !n.aggregate {
			continue
		}
		loose = append(loose, i)
		for at := n.parent; at != none && !known[at-from]; at = s.nodes[at].parent {
			s.steps++
			known[at-from] = true
		}
	}
	s.sort(loose, compareStart)
	for i := from; i < to; i++ {
		if n := &s.nodes[i]; n.aggregate && !known[i-from] && !s.partOfCall(i) && !s.knownInWindow(i, loose) {
			n.counts = true
		}
	}
}

// partOfCall reports whether the sum is a part of a model call around it, whose counts it repeats.
func (s *settling) partOfCall(i int32) bool {
	for range maxClimb {
		s.steps++
		if i = s.nodes[i].parent; i == none {
			return false
		}
		switch n := &s.nodes[i]; {
		case n.model:
			return n.usage
		case n.fact.Role != semconv.RoleOther && n.fact.Role != semconv.RoleStep:
			return false
		}
	}
	return false
}

// knownInWindow reports whether a span with counts lies in the window of a sum and nothing shows that it belongs elsewhere.
func (s *settling) knownInWindow(i int32, loose []int32) bool {
	sum := s.nodes[i].fact
	at, _ := slices.BinarySearchFunc(loose, sum.Start-clockSlack, func(k int32, start int64) int { return cmp.Compare(s.nodes[k].fact.Start, start) })
	for _, k := range loose[at:min(len(loose), at+maxScan)] {
		s.steps++
		f := s.nodes[k].fact
		if f.Start > sum.End+clockSlack {
			return false
		}
		if k != i && inside(f, sum) && s.top(k) != s.top(i) && (s.nodes[k].model || s.narrower(k, i)) {
			return true
		}
	}
	return false
}

// narrower orders two sums that lie in each other's window.
func (s *settling) narrower(a, b int32) bool {
	x, y := s.nodes[a].fact, s.nodes[b].fact
	if p, q := x.End-x.Start, y.End-y.Start; p != q {
		return p < q
	}
	return a < b
}

// top is the span highest above a span: two spans with one top hang together, and their parents tell whether one is below the other.
func (s *settling) top(i int32) int32 {
	for range maxClimb {
		s.steps++
		if s.nodes[i].parent == none {
			return i
		}
		i = s.nodes[i].parent
	}
	return i
}
