package genai

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// compareOwners orders facts by whose span they are of.
func compareOwners(a, b *Fact) int {
	if c := strings.Compare(a.Tenant, b.Tenant); c != 0 {
		return c
	}
	return strings.Compare(a.Project, b.Project)
}

// compareIdentity orders facts by the span they are of.
func compareIdentity(a, b *Fact) int {
	if c := compareOwners(a, b); c != 0 {
		return c
	}
	if c := bytes.Compare(a.TraceID[:], b.TraceID[:]); c != 0 {
		return c
	}
	if c := bytes.Compare(a.SpanID[:], b.SpanID[:]); c != 0 {
		return c
	}
	return compareBools(a.FromLog, b.FromLog)
}

// compareWorth puts the fact that says more about its usage first. Between different spans it decides which of them counts.
func compareWorth(a, b *Fact) int {
	if c := cmp.Compare(completeness(b), completeness(a)); c != 0 {
		return c
	}
	if c := cmp.Compare(b.Detail, a.Detail); c != 0 {
		return c
	}
	// Codex names the model in its log events only: without one there is no price.
	if c := compareBools(a.Model == "", b.Model == ""); c != 0 {
		return c
	}
	return compareBools(a.FromLog, b.FromLog)
}

// compareContent orders copies of one span that say different things, so that none of them is chosen by the order they came in.
func compareContent(a, b *Fact) int {
	if c := compareWorth(a, b); c != 0 {
		return c
	}
	for _, c := range [...]int{
		-strings.Compare(a.ResponseID, b.ResponseID), cmp.Compare(b.Output.N, a.Output.N), cmp.Compare(b.Input.N, a.Input.N),
		cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), bytes.Compare(a.ParentID[:], b.ParentID[:]),
		strings.Compare(a.Role, b.Role), strings.Compare(a.Scope, b.Scope), strings.Compare(a.Dialect, b.Dialect),
		strings.Compare(a.Service, b.Service), strings.Compare(a.Model, b.Model), strings.Compare(a.Event, b.Event),
		strings.Compare(a.Outcome, b.Outcome), compareBools(b.Input.Known, a.Input.Known), compareBools(b.Output.Known, a.Output.Known), cmp.Compare(b.Cached, a.Cached),
		cmp.Compare(b.Reasoned, a.Reasoned),
		-strings.Compare(a.Handed.ConversationID, b.Handed.ConversationID), -strings.Compare(a.Handed.UserID, b.Handed.UserID),
		-strings.Compare(a.Handed.AgentName, b.Handed.AgentName), -strings.Compare(a.Handed.WorkflowName, b.Handed.WorkflowName),
		-strings.Compare(a.Handed.PromptName, b.Handed.PromptName), -strings.Compare(a.Handed.PromptVersion, b.Handed.PromptVersion),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// completeness: both counts, one of them, none. A client's zeros for "not given" are none: no answer costs nothing at all.
func completeness(f *Fact) int {
	switch in, out := f.Input.Known && f.Input.N > 0, f.Output.Known && f.Output.N > 0; {
	case in && (out || f.Role != semconv.RoleLLM):
		return 2
	case in, out:
		return 1
	default:
		return 0
	}
}

func hasUsage(f *Fact) bool { return completeness(f) > 0 }

// better reports whether node a counts rather than node b when both stand for one call: the one that says more, a real span rather
// than a log of it, and of two that say the same the one nearer to the provider, which is the one deeper in its trace or shorter.
func (s *settling) better(a, b int32) bool {
	x, y := &s.nodes[a], &s.nodes[b]
	if c := compareWorth(x.fact, y.fact); c != 0 {
		return c < 0
	}
	if x.depth != y.depth {
		return x.depth > y.depth
	}
	if p, q := x.fact.End-x.fact.Start, y.fact.End-y.fact.Start; p != q {
		return p < q
	}
	if x.fact.Start != y.fact.Start {
		return x.fact.Start > y.fact.Start
	}
	return a < b
}

func compareStart(a, b *Fact) int { return cmp.Compare(a.Start, b.Start) }
func compareEnd(a, b *Fact) int   { return cmp.Compare(a.End, b.End) }

// sort orders nodes by their facts; what is equal stays in the order of the nodes, which depends on the facts alone.
func (s *settling) sort(list []int32, compare func(a, b *Fact) int) {
	slices.SortFunc(list, func(a, b int32) int {
		if c := compare(s.nodes[a].fact, s.nodes[b].fact); c != 0 {
			return c
		}
		return int(a - b)
	})
}

// runs yields the stretches of a sorted list whose members equal the first.
func runs(list []int32, equal func(a, b int32) bool) iter.Seq[[]int32] {
	return func(yield func([]int32) bool) {
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && equal(list[from], list[to]) {
				to++
			}
			if !yield(list[from:to]) {
				return
			}
			from = to
		}
	}
}
