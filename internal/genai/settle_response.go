package genai

import (
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// clockSlack is how far the windows of one call may stick out of each other: clients take milliseconds for the start and
	// nanoseconds for the end.
	clockSlack = int64(5 * time.Millisecond)
	// responseAge is how long after the end of one report of an answer another may begin: clocks of two machines differ.
	responseAge = int64(2 * time.Minute)
	// maxLookBack bounds the calls of one id that a report is compared with: a mock that always answers with the same id.
	maxLookBack = 16
)

// settleSameResponse joins the reports that name the same answer of the provider, also across traces and services. One source reports
// a call once, so two reports of one source are one call only where one is around the other.
func settleSameResponse(s *settling) {
	list := s.order[:0]
	for i := range s.nodes {
		if n := &s.nodes[i]; n.model && n.fact.ResponseID != "" {
			list = append(list, int32(i)) //nolint:gosec // bounded by the number of facts
		}
	}
	s.order = list
	if len(list) < 2 {
		return
	}
	s.sort(list, func(a, b *Fact) int {
		if c := compareResponse(a, b); c != 0 {
			return c
		}
		return compareStart(a, b)
	})
	for group := range runs(list, func(a, b int32) bool { return compareResponse(s.nodes[a].fact, s.nodes[b].fact) == 0 }) {
		s.joinResponses(group)
	}
}

func compareResponse(a, b *Fact) int {
	if c := strings.Compare(a.ResponseID, b.ResponseID); c != 0 {
		return c
	}
	if c := compareOwners(a, b); c != 0 {
		return c
	}
	return strings.Compare(a.Role, b.Role)
}

// joinResponses sorts the reports of one id, given by start, into calls.
func (s *settling) joinResponses(list []int32) {
	if len(list) < 2 {
		return
	}
	for k, i := range list {
		s.joinAround(list[:k], i)
	}
	calls := s.oneEach(list)
	if len(calls) < 2 {
		return
	}
	fits := s.oneAnswer
	if s.reused(calls) {
		fits = s.oneAtATime
	}
	for k, i := range calls {
		if call, ok := s.callOf(calls[:k], i, fits); ok {
			s.same(call, i, s.reasonFor(call, i, semconv.UsageRoleReasonSameResponse))
		}
	}
}

// joinAround joins a report with the one around it: in its trace, and either above it or in a part of the trace whose link with this
// one is missing.
func (s *settling) joinAround(before []int32, i int32) {
	f := s.nodes[i].fact
	at := s.nodes[i].above
	for n := 0; at != none && n < maxClimb; n++ {
		s.steps++
		if out := s.nodes[at].fact; out.ResponseID == f.ResponseID {
			s.same(at, i, s.reasonFor(at, i, semconv.UsageRoleReasonSameResponse))
			return
		}
		at = s.nodes[at].above
	}
	for k := len(before) - 1; k >= max(0, len(before)-maxLookBack); k-- {
		s.steps++
		out := s.nodes[before[k]].fact
		if loggedTwice(out, f) {
			s.same(before[k], i, semconv.UsageRoleReasonLogOfSpan)
			return
		}
		// Spans below one and the same parent are two, whether it is there or not.
		if out.TraceID == f.TraceID && out.ParentID != f.ParentID && (inside(f, out) || inside(out, f)) && s.top(before[k]) != s.top(i) {
			s.same(before[k], i, s.reasonFor(before[k], i, semconv.UsageRoleReasonSameResponse))
			return
		}
	}
}

// loggedTwice reports whether two events in one context tell the same answer with the same counts, as some clients log theirs.
func loggedTwice(a, b *Fact) bool {
	return a.FromLog && b.FromLog && a.TraceID == b.TraceID && a.ParentID == b.ParentID && a.Scope == b.Scope && a.Event == b.Event &&
		equalTokens(a, b) && max(a.End-b.End, b.End-a.End) <= logDelay
}

// oneEach lists one report of each call, in the order of their starts.
func (s *settling) oneEach(list []int32) (calls []int32) {
	known := make(map[int32]bool, len(list))
	for _, i := range list {
		if class := s.find(i); !known[class] {
			known[class] = true
			calls = append(calls, i)
		}
	}
	return calls
}

// reporter is who reports a call once.
type reporter struct {
	service, scope, dialect, event string
	log                            bool
}

// reused reports whether one source gave the id to several calls, as mocks and servers that begin their ids anew do.
func (s *settling) reused(calls []int32) bool {
	of := map[reporter]int32{}
	for _, i := range calls {
		reused := false
		s.members(i, func(n *settleNode) bool {
			f := n.fact
			r := reporter{f.Service, f.Scope, f.Dialect, f.Event, f.FromLog}
			if first, ok := of[r]; ok && first != i {
				reused = true
			}
			of[r] = i
			return !reused
		})
		if reused {
			return true
		}
	}
	return false
}

// oneAnswer: the id is given once, so that nothing but time can speak against one call.
func (s *settling) oneAnswer(call, i int32) bool {
	c, f := s.nodes[call].fact, s.nodes[i].fact
	return overlap(c, f, clockSlack) || f.Start-c.End <= responseAge
}

// oneAtATime: the id is given to several calls, so that two reports are of one only if all else agrees.
func (s *settling) oneAtATime(call, i int32) bool {
	c, f := s.champion(call).fact, s.champion(i).fact
	if !overlap(s.nodes[call].fact, s.nodes[i].fact, clockSlack) || c.Service != f.Service || hasUsage(c) && hasUsage(f) && !equalTokens(c, f) {
		return false
	}
	shared := false
	s.members(i, func(n *settleNode) bool {
		shared = s.hasSource(call, n.fact)
		return !shared
	})
	return !shared
}

// callOf chooses the latest call that the report may be of, one it overlaps before one it only follows.
func (s *settling) callOf(calls []int32, i int32, fits func(call, i int32) bool) (call int32, ok bool) {
	f := s.nodes[i].fact
	for k := len(calls) - 1; k >= max(0, len(calls)-maxLookBack); k-- {
		s.steps++
		switch {
		case !fits(calls[k], i):
		case overlap(s.nodes[calls[k]].fact, f, clockSlack):
			return calls[k], true
		case !ok:
			call, ok = calls[k], true
		}
	}
	return call, ok
}

// reasonFor is why of two spans of a call only one counts.
func (s *settling) reasonFor(a, b int32, reason string) string {
	if s.nodes[a].fact.FromLog || s.nodes[b].fact.FromLog {
		return semconv.UsageRoleReasonLogOfSpan
	}
	return reason
}

func overlap(a, b *Fact, slack int64) bool { return a.Start <= b.End+slack && b.Start <= a.End+slack }

// inside reports whether the window of in lies in that of out.
func inside(in, out *Fact) bool {
	return in.Start >= out.Start-clockSlack && in.End <= out.End+clockSlack
}
