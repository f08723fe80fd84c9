package genai

import (
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// clockSlack is how far the windows of one call may stick out of each other: clients take milliseconds for the start and
	// nanoseconds for the end.
	clockSlack = int64(5 * time.Millisecond)
	// responseAge is how far apart two reports of one answer may be. Local servers and mocks begin their ids anew.
	responseAge = int64(10 * time.Minute)
	// maxLookBack bounds the calls of one id that a report is compared with: a mock that always answers with the same id.
	maxLookBack = 16
)

// settleSameResponse joins the reports that name the same answer of the provider, also across traces and services. One source reports
// a call once: of its spans with the same id only those that overlap in time are one call.
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
	slices.SortFunc(list, func(a, b int32) int {
		x, y := s.nodes[a].fact, s.nodes[b].fact
		if c := compareResponse(x, y); c != 0 {
			return c
		}
		if x.Start != y.Start {
			return compareInt64(x.Start, y.Start)
		}
		return int(a - b)
	})
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && compareResponse(s.nodes[list[from]].fact, s.nodes[list[to]].fact) == 0 {
			to++
		}
		s.joinResponses(list[from:to])
		from = to
	}
}

func compareResponse(a, b *Fact) int {
	if c := strings.Compare(a.ResponseID, b.ResponseID); c != 0 {
		return c
	}
	if c := strings.Compare(a.Tenant, b.Tenant); c != 0 {
		return c
	}
	return strings.Compare(a.Role, b.Role)
}

// joinResponses sorts the reports of one id, given by start, into calls.
func (s *settling) joinResponses(list []int32) {
	var calls []int32 // a report of each call, in the order of their starts
	for _, i := range list {
		if call, ok := s.callOf(calls, i); ok {
			s.same(call, i, s.reasonFor(call, i, semconv.UsageRoleReasonSameResponse))
		} else {
			calls = append(calls, i)
		}
	}
}

// callOf chooses the latest call that the report may be of, one it overlaps before one it only follows.
func (s *settling) callOf(calls []int32, i int32) (call int32, ok bool) {
	f := s.nodes[i].fact
	for k := len(calls) - 1; k >= max(0, len(calls)-maxLookBack); k-- {
		c := s.nodes[calls[k]].fact
		switch {
		case s.find(calls[k]) == s.find(i):
			return calls[k], true
		case overlap(c, f, slackOf(c, f)):
			return calls[k], true
		case !ok && f.Start-c.Start <= responseAge && !s.hasSource(calls[k], f):
			call, ok = calls[k], true
		}
	}
	return call, ok
}

// slackOf is how far apart two reports of one answer by one source may be: an event has no length, and some clients log a call twice.
func slackOf(a, b *Fact) int64 {
	if a.FromLog && b.FromLog {
		return logDelay
	}
	return clockSlack
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

func compareInt64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}
