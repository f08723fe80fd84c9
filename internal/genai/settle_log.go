package genai

import (
	"cmp"
	"time"

	"github.com/watchllm/watchllm/internal/semconv"
)

// logDelay is how long after the end of a call its log event may come.
const logDelay = int64(2 * time.Second)

// settleLogsInSpans joins a span made from a log event with the real span in whose context the event was logged, and with the other
// events logged there: some clients log one call twice. An event of a failed attempt inside a call that succeeded stays.
func settleLogsInSpans(s *settling) {
	for i := range s.nodes {
		at := int32(i) //nolint:gosec // bounded by the number of facts
		n := &s.nodes[i]
		if !n.model || !n.fact.FromLog {
			continue
		}
		span := s.around(at)
		if i > 0 && s.nodes[i-1].fact.SpanID == n.fact.SpanID && s.nodes[i-1].fact.TraceID == n.fact.TraceID {
			span = at - 1
		}
		if span != none && s.nodes[span].model && !s.nodes[span].fact.FromLog && s.agrees(at, span) && s.adds(at, span) {
			s.same(at, span, semconv.UsageRoleReasonLogOfSpan)
		}
	}
	for _, t := range s.traces {
		s.joinLogs(t[0], t[1])
	}
}

// agrees reports whether a log may speak of a call: the counts are the same as far as both know them, and both failed or neither.
func (s *settling) agrees(log, call int32) bool {
	a, b := s.nodes[log].fact, s.champion(call).fact
	if failedOf(a) != failedOf(b) {
		// Only a call that never knew how it ended can be the one that a log says succeeded.
		return failedOf(b) && !hasUsage(b) && hasUsage(a)
	}
	return !hasUsage(a) || !hasUsage(b) || known0(a.Input) == known0(b.Input) || known0(a.Output) == known0(b.Output)
}

func failedOf(f *Fact) bool { return f.Outcome == semconv.OutcomeError }

// adds reports whether the call is not known already from another event of the same kind, which would be another call.
func (s *settling) adds(log, call int32) bool {
	champion := s.champion(call).fact
	return !champion.FromLog || !hasUsage(s.nodes[log].fact) || !s.hasSource(call, s.nodes[log].fact)
}

// joinLogs joins events of different kinds that were logged in the same context at the same time.
func (s *settling) joinLogs(from, to int32) {
	list := s.order[:0]
	for i := from; i < to; i++ {
		if n := &s.nodes[i]; n.model && n.fact.FromLog && !n.fact.ParentID.IsEmpty() && n.class == i && n.ring == i {
			list = append(list, i)
		}
	}
	s.order = list
	if len(list) < 2 {
		return
	}
	s.sort(list, compareEnd)
	for k, i := range list {
		f := s.nodes[i].fact
		for j := k - 1; j >= max(0, k-maxLookBack); j-- {
			s.steps++
			other := s.nodes[list[j]].fact
			if f.End-other.End > logDelay {
				break
			}
			if f.ParentID == other.ParentID && f.Role == other.Role && s.agrees(i, list[j]) && !s.hasSource(list[j], f) && !s.differentIDs(i, list[j]) {
				s.same(list[j], i, semconv.UsageRoleReasonLogOfSpan)
				break
			}
		}
	}
}

// settleLogsNearSpans joins the logs that nothing connects with a span: the same service reports the same counts within two seconds,
// or counts that would be the same if one did not leave the reasoning out, or, where one of the two has no counts, the same model. One
// log of each kind belongs to one call.
func settleLogsNearSpans(s *settling) {
	s.nearGroups(compareTokens, func(a, b int32) bool { return s.champion(a).usage && s.champion(b).usage })
	s.nearGroups(compareInput, s.unreasonedCounts)
	s.nearGroups(compareCaller, func(a, b int32) bool {
		return !(s.champion(a).usage && s.champion(b).usage) && sameModel(s.champion(a).fact.Model, s.champion(b).fact.Model)
	})
}

// unreasonedCounts: the group made the inputs equal, and the output of the report that knows of no reasoning is what the other says was
// none. Gemini CLI leaves the thoughts out of the output of its spans, not of its logs.
func (s *settling) unreasonedCounts(a, b int32) bool {
	x, y := s.champion(a).fact, s.champion(b).fact
	if x.Reasoned == 0 {
		x, y = y, x
	}
	n, ok := x.Unreasoned()
	return ok && y.Reasoned == 0 && y.Output == known(n) && y.Input.N > 0 && sameModel(x.Model, y.Model)
}

// compareInput groups what one service reports of calls with the same input.
func compareInput(a, b *Fact) int {
	if c := cmp.Compare(known0(a.Input), known0(b.Input)); c != 0 {
		return c
	}
	return compareCaller(a, b)
}

func (s *settling) nearGroups(group func(a, b *Fact) int, fits func(a, b int32) bool) {
	list := s.order[:0]
	logs := false
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.model && n.class == int32(i) && n.under == none { //nolint:gosec // bounded by the number of facts
			logs = logs || s.realMember(n.best) == none
			list = append(list, n.best)
		}
	}
	s.order = list
	if !logs || len(list) < 2 {
		return
	}
	s.sort(list, func(a, b *Fact) int {
		if c := group(a, b); c != 0 {
			return c
		}
		return compareEnd(a, b)
	})
	for k, i := range list {
		if s.realMember(i) != none {
			continue
		}
		if call := s.nearest(list, k, group, fits); call != none {
			s.same(call, i, semconv.UsageRoleReasonLogOfSpan)
		}
	}
}

// nearest is the call in the list, sorted by end, that ended nearest to the log at k; a real span before another log.
func (s *settling) nearest(list []int32, k int, group func(a, b *Fact) int, fits func(a, b int32) bool) int32 {
	log := s.nodes[list[k]].fact
	best, bestReal, bestGap := none, false, int64(0)
	for j := max(0, k-maxLookBack); j < min(len(list), k+maxLookBack+1); j++ {
		s.steps++
		i := list[j]
		f := s.nodes[i].fact
		if j == k || group(f, log) != 0 || s.find(i) == s.find(list[k]) {
			continue
		}
		gap := max(f.End-log.End, log.End-f.End)
		if gap > logDelay && !overlap(f, log, 0) {
			continue
		}
		real := s.realMember(i) != none
		if best != none && (bestReal && !real || bestReal == real && gap >= bestGap) {
			continue
		}
		if fits(list[k], i) && !s.hasSource(i, log) && !s.differentIDs(list[k], i) {
			best, bestReal, bestGap = i, real, gap
		}
	}
	return best
}
