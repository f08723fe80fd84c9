package genai

import (
	"slices"
	"strings"
)

// settleSumsElsewhere finds the sums whose calls are visible in other traces, where a client lost the context between an agent and its
// calls: in the sum's window, of the same service, one call has just these counts, or all of them together have. Of two sums that two
// instrumentations report of one agent one counts.
func settleSumsElsewhere(s *settling) {
	sums := false
	list := s.order[:0]
	for i := range s.nodes {
		n := &s.nodes[i]
		sums = sums || n.counts
		if n.counts || n.model && n.class == int32(i) && n.under == none && s.nodes[n.best].usage { //nolint:gosec // bounded by the number of facts
			list = append(list, n.best)
		}
	}
	s.order = list
	if !sums || len(list) < 2 {
		return
	}
	slices.SortFunc(list, func(a, b int32) int {
		x, y := s.nodes[a].fact, s.nodes[b].fact
		if c := compareService(x, y); c != 0 {
			return c
		}
		if x.Start != y.Start {
			return compareInt64(x.Start, y.Start)
		}
		return int(a - b)
	})
	var elsewhere []int32
	for _, i := range list {
		if s.nodes[i].counts && s.explained(i, list) {
			elsewhere = append(elsewhere, i)
		}
	}
	for _, i := range elsewhere {
		s.nodes[i].counts = false
	}
}

func compareService(a, b *Fact) int {
	if c := strings.Compare(a.Tenant, b.Tenant); c != 0 {
		return c
	}
	return strings.Compare(a.Service, b.Service)
}

// explained reports whether what lies in the window of a sum, in other traces, adds up to it.
func (s *settling) explained(i int32, list []int32) bool {
	sum := s.nodes[i].fact
	at, _ := slices.BinarySearchFunc(list, sum, func(k int32, sum *Fact) int {
		if c := compareService(s.nodes[k].fact, sum); c != 0 {
			return c
		}
		return compareInt64(s.nodes[k].fact.Start, sum.Start-clockSlack)
	})
	var in, out int64
	for _, k := range list[at:min(len(list), at+maxScan)] {
		f := s.nodes[k].fact
		if compareService(f, sum) != 0 || f.Start > sum.End+clockSlack {
			break
		}
		if f.TraceID == sum.TraceID || !inside(f, sum) {
			continue
		}
		if !s.nodes[k].counts {
			in, out = in+known0(f.Input), out+known0(f.Output)
		}
		if equalTokens(f, sum) && (!s.nodes[k].counts || !sameSource(f, sum) && s.narrower(k, i)) {
			return true
		}
	}
	return in == known0(sum.Input) && out == known0(sum.Output)
}
