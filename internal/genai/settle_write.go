package genai

import (
	"slices"

	"github.com/watchllm/watchllm/internal/semconv"
)

// write turns what was found into verdicts.
func (s *settling) write() {
	s.handDown()
	for i := range s.facts {
		at := s.place[i]
		s.facts[i].Verdict = s.verdict(at)
		if n := &s.nodes[at]; n.fact != &s.facts[i] {
			s.facts[i].Handed = n.fact.Handed
		}
	}
}

func (s *settling) verdict(at int32) Verdict {
	n := &s.nodes[at]
	v := Verdict{UsageRole: ownUsageRole(n.fact.Role, n.fact.Input.Known || n.fact.Output.Known)}
	switch {
	case n.model:
		winner := s.winner(at)
		if winner == at {
			return v
		}
		v.UsageRole, v.Reason = semconv.UsageRoleDuplicate, n.rule
		if v.Reason == "" {
			v.Reason = s.nodes[s.find(at)].behind
		}
		v.CountedIn, v.CountedBy = s.nodes[winner].fact.TraceID, s.nodes[winner].fact.SpanID
	case n.counts:
		v.UsageRole, v.Reason = semconv.UsageRoleCall, semconv.UsageRoleReasonNoCallVisible
	}
	return v
}

// winner is the node that counts for a node.
func (s *settling) winner(at int32) int32 {
	for range s.nodes {
		s.steps++
		class := s.find(at)
		if s.nodes[class].under == none {
			return s.nodes[class].best
		}
		at = s.nodes[class].under
	}
	return at
}

// handDown lets the span that counts take over what the others of its call know and it does not: the nearest first.
func (s *settling) handDown() {
	for i := range s.nodes {
		at := int32(i) //nolint:gosec // bounded by the number of facts
		if n := &s.nodes[i]; n.class != at || n.ring == at {
			continue
		}
		ring := s.order[:0]
		for m := s.nodes[at].ring; ; m = s.nodes[m].ring {
			ring = append(ring, m)
			if m == at {
				break
			}
		}
		slices.SortFunc(ring, func(a, b int32) int {
			if x, y := s.nodes[a].depth, s.nodes[b].depth; x != y {
				return int(y - x)
			}
			return int(a - b)
		})
		best := s.nodes[s.nodes[at].best].fact
		for _, m := range ring {
			best.Handed.take(&s.nodes[m].fact.Handed)
		}
		s.order = ring
	}
	for _, h := range s.handing {
		s.champion(h.to).fact.Handed.take(&s.nodes[h.from].fact.Handed)
	}
}

func (h *Handed) take(from *Handed) {
	for _, p := range [...]struct{ dst, src *string }{
		{&h.ConversationID, &from.ConversationID},
		{&h.UserID, &from.UserID},
		{&h.AgentName, &from.AgentName},
		{&h.WorkflowName, &from.WorkflowName},
		{&h.PromptName, &from.PromptName},
		{&h.PromptVersion, &from.PromptVersion},
	} {
		if *p.dst == "" {
			*p.dst = *p.src
		}
	}
}
