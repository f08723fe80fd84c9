package genai

import (
	"cmp"
	"slices"

	"github.com/watchllm/watchllm/internal/semconv"
)

// maxActive bounds the windows that are open at one time. Only a load test against a mock has that many equal calls at once.
const maxActive = 1024

// maxTries bounds the windows tried for one report: those that end next after it are the likely ones.
const maxTries = 32

// pairing matches the reports of two sources one to one by their windows.
type pairing struct {
	s     *settling
	fits  func(a, b int32) bool
	calls []int32 // reports that others are matched with, by start
	taken map[int32]bool
	open  []int32
}

// pairSources pairs within one group, whose reports are sorted by source and start.
func (p *pairing) pairSources(group []int32) {
	first := p.sourceEnd(group)
	if first == len(group) {
		return
	}
	p.calls = append(p.calls[:0], group[:first]...)
	for rest := group[first:]; len(rest) > 0; {
		n := p.sourceEnd(rest)
		p.pair(rest[:n])
		rest = rest[n:]
	}
}

func (p *pairing) sourceEnd(list []int32) int {
	n := 1
	for n < len(list) && compareSource(p.s.nodes[list[0]].fact, p.s.nodes[list[n]].fact) == 0 {
		n++
	}
	return n
}

// pair matches the reports of one more source with the calls known so far. Which of the two sources is the outer one shows in which
// way more of them match; what is left is tried the other way.
func (p *pairing) pair(more []int32) {
	p.taken = map[int32]bool{}
	inner, outer := p.match(more, p.calls), p.match(p.calls, more)
	if len(inner) >= len(outer) {
		p.join(inner)
		p.join(p.match(p.calls, more))
	} else {
		p.join(outer)
		p.join(p.match(more, p.calls))
	}
	for _, i := range more {
		if !p.taken[i] {
			p.calls = append(p.calls, i)
		}
	}
	p.s.sort(p.calls, compareStart)
}

func (p *pairing) join(pairs [][2]int32) {
	for _, pair := range pairs {
		p.taken[pair[0]], p.taken[pair[1]] = true, true
		p.s.same(pair[0], pair[1], semconv.UsageRoleReasonSameTokens)
	}
}

// match finds for each inner window, by start, the outer one around it that ends first: no other choice leaves more for the rest.
func (p *pairing) match(inner, outer []int32) (pairs [][2]int32) {
	nodes := p.s.nodes
	byEnd := func(i int32, end int64) int { return cmp.Compare(nodes[i].fact.End, end) }
	p.open = p.open[:0]
	next := 0
	for _, in := range inner {
		if p.taken[in] {
			continue
		}
		f := nodes[in].fact
		for ; next < len(outer) && nodes[outer[next]].fact.Start <= f.Start+clockSlack; next++ {
			if p.taken[outer[next]] || len(p.open) >= maxActive {
				continue
			}
			at, _ := slices.BinarySearchFunc(p.open, nodes[outer[next]].fact.End, byEnd)
			p.open = slices.Insert(p.open, at, outer[next])
		}
		// What ended before this one began is around no later one either.
		past, _ := slices.BinarySearchFunc(p.open, f.Start-clockSlack, byEnd)
		p.open = slices.Delete(p.open, 0, past)
		at, _ := slices.BinarySearchFunc(p.open, f.End-clockSlack, byEnd)
		for last := min(len(p.open), at+maxTries); at < last; at++ {
			p.s.steps++
			if p.fits(in, p.open[at]) {
				pairs = append(pairs, [2]int32{in, p.open[at]})
				p.open = slices.Delete(p.open, at, at+1)
				break
			}
		}
	}
	return pairs
}
