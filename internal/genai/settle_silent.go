package genai

import (
	"cmp"
	"slices"

	"github.com/watchllm/watchllm/internal/semconv"
)

// settleSilentCalls joins a sum that counts with one of the calls below it that gave no counts: the sum stands for that one, the others
// stay calls whose counts are missing, so that the number of calls is true.
func settleSilentCalls(s *settling) {
	for _, t := range s.traces {
		for i := t[0]; i < t[1]; i++ {
			if s.nodes[i].counts {
				s.giveSilentCalls(t[0], t[1])
				break
			}
		}
	}
}

func (s *settling) giveSilentCalls(from, to int32) {
	var silent []int32
	for i := from; i < to; i++ {
		if n := &s.nodes[i]; n.model && n.class == i && n.under == none && !s.champion(i).usage && !s.champion(i).failed {
			silent = append(silent, n.best)
		}
	}
	if len(silent) == 0 {
		return
	}
	s.sort(silent, compareStart)
	taken := map[int32]bool{}
	for _, i := range silent {
		if sum := s.sumAbove(i); sum != none && !taken[sum] {
			taken[sum] = true
			s.stand(sum, i)
		}
	}
	for i := from; i < to; i++ {
		if !s.nodes[i].counts || taken[i] {
			continue
		}
		at, _ := slices.BinarySearchFunc(silent, s.nodes[i].fact.Start-clockSlack, func(k int32, start int64) int { return cmp.Compare(s.nodes[k].fact.Start, start) })
		for _, k := range silent[at:min(len(silent), at+maxScan)] {
			s.steps++
			if s.standing(k) && inside(s.nodes[k].fact, s.nodes[i].fact) && s.top(k) != s.top(i) {
				s.stand(i, k)
				break
			}
		}
	}
}

func (s *settling) stand(sum, call int32) {
	s.yield(call, sum, semconv.UsageRoleReasonWrapper)
	s.handing = append(s.handing, handing{s.nodes[s.find(call)].best, sum})
}

// sumAbove is the nearest sum that counts above a span.
func (s *settling) sumAbove(i int32) int32 {
	for range maxClimb {
		s.steps++
		if i = s.nodes[i].parent; i == none || s.nodes[i].counts {
			return i
		}
	}
	return none
}
