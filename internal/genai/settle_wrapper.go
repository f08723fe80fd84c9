package genai

import "github.com/watchllm/watchllm/internal/semconv"

// settleWrappers finds model spans that stand for one and the same call: one encloses the other, as a framework's span encloses the
// client library's. The one nearest to the provider counts, unless the outer one alone knows the usage or knows its parts too. What
// the outer one knows about the user or the conversation is handed down.
func settleWrappers(s *settling) {
	for _, t := range s.traces {
		for _, i := range s.outermost(t[0], t[1]) {
			s.unwrap(i)
		}
	}
}

// outermost lists the model spans of a trace that have others below and none above. Spans on a cycle are below each other: nothing is
// known of them.
func (s *settling) outermost(from, to int32) (list []int32) {
	for i := to - 1; i >= from; i-- {
		if above := s.nodes[i].above; above != none {
			s.nodes[i].next = s.nodes[above].first
			s.nodes[above].first = i
		}
	}
	for i := from; i < to; i++ {
		if s.nodes[i].first != none && s.nodes[i].above == none {
			list = append(list, i)
		}
	}
	return list
}

// unwrap decides between a span and the model spans below it, the innermost first, and returns what still stands of them.
func (s *settling) unwrap(i int32) (standing []int32) {
	for k := s.nodes[i].first; k != none && s.nodes[k].depth < maxClimb; k = s.nodes[k].next {
		standing = s.addStanding(standing, s.unwrap(k))
	}
	if len(standing) == 0 {
		return []int32{i}
	}
	var answered, counted []int32
	for _, k := range standing {
		if s.find(k) == s.find(i) { // the provider's id has already told
			return standing
		}
		if !s.champion(k).failed {
			answered = append(answered, k)
		}
		if s.champion(k).usage {
			counted = append(counted, k)
		}
	}
	outer := s.champion(i)
	switch {
	case len(counted) > 0:
		if one := counted[0]; onlyAnswer(one, answered, counted) && (!outer.usage || equalTokens(outer.fact, s.champion(one).fact)) {
			s.same(i, one, semconv.UsageRoleReasonWrapper)
		} else {
			s.yield(i, one, semconv.UsageRoleReasonWrapper)
		}
	case outer.usage || len(answered) == 0 && !outer.failed:
		// Only the outer span knows how it ended: failed attempts below it stay visible, silent ones are the same call again.
		return s.absorb(i, standing, answered)
	case len(answered) == 1:
		s.same(i, answered[0], semconv.UsageRoleReasonWrapper)
	case len(answered) > 1:
		s.yield(i, answered[0], semconv.UsageRoleReasonWrapper)
	case len(standing) == 1:
		s.same(i, standing[0], semconv.UsageRoleReasonWrapper)
	default:
		s.yield(i, standing[0], semconv.UsageRoleReasonWrapper)
	}
	for _, k := range standing {
		s.handing = append(s.handing, handing{i, k})
	}
	return standing
}

// onlyAnswer reports whether one span alone answered: whatever else is there failed before it.
func onlyAnswer(one int32, answered, counted []int32) bool {
	return len(counted) == 1 && (len(answered) == 0 || len(answered) == 1 && answered[0] == one)
}

// addStanding adds the calls that are not on the list under another span of theirs.
func (s *settling) addStanding(list, more []int32) []int32 {
next:
	for _, m := range more {
		for _, k := range list[max(0, len(list)-maxClimb):] {
			s.steps++
			if s.find(k) == s.find(m) {
				continue next
			}
		}
		list = append(list, m)
	}
	return list
}

// absorb lets the outer span count instead of the silent ones below it.
func (s *settling) absorb(i int32, standing, answered []int32) []int32 {
	left := []int32{i}
	for _, k := range standing {
		if s.champion(k).failed {
			left = append(left, k)
		}
	}
	if len(answered) == 1 {
		s.same(i, answered[0], semconv.UsageRoleReasonWrapper)
		return left
	}
	for _, k := range answered {
		s.yield(k, i, semconv.UsageRoleReasonWrapper)
	}
	return left
}

// equalTokens reports whether two spans name the same counts.
func equalTokens(a, b *Fact) bool {
	return hasUsage(a) && hasUsage(b) && known0(a.Input) == known0(b.Input) && known0(a.Output) == known0(b.Output)
}

func known0(c Count) int64 {
	if c.Known {
		return c.N
	}
	return 0
}
