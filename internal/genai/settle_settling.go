package genai

import (
	"bytes"
	"slices"
	"sync"

	"github.com/watchllm/watchllm/internal/semconv"
)

// maxClimb bounds the way up from a span; parents may form a cycle.
const maxClimb = 64

const none = int32(-1)

// settleNode is one span of those to settle.
type settleNode struct {
	fact   *Fact
	parent int32 // none for a root and for a span whose parent is not here
	depth  int32 // model spans around this one

	model     bool // stands for a model call
	usage     bool
	failed    bool
	aggregate bool // carries a sum
	counts    bool // a sum that counts

	// Spans of one call form a class, named by one of its members (class, find). The rest is kept at that member.
	class  int32
	ring   int32  // next member of the class, in a circle
	best   int32  // member that counts for the class
	under  int32  // node of another class that counts instead of this one
	rule   string // why the span is not the one that counts
	behind string // why the class is under another

	above int32 // nearest model span around this one
	first int32 // first model span directly below
	next  int32 // next model span directly below the same one
}

// handing is a class whose facts another takes over.
type handing struct{ from, to int32 }

// settling is the work on one set of facts. Nodes are sorted by tenant, trace and span id, which makes every result independent of
// the order of the facts.
type settling struct {
	facts   []Fact
	nodes   []settleNode
	traces  [][2]int32 // from, to: spans of a trace, where there is more than one
	place   []int32    // node of each fact
	order   []int32    // scratch
	handing []handing
	steps   int // through loops that lie in others, for the test that they stay few
}

var settlings = sync.Pool{New: func() any { return new(settling) }}

// maxKeptNodes bounds what is kept for the next time; a rare giant gives its memory back.
const maxKeptNodes = 8192

func (s *settling) release() {
	if cap(s.nodes) > maxKeptNodes {
		*s = settling{}
	}
	clear(s.nodes)
	s.facts, s.nodes, s.traces, s.handing, s.steps = nil, s.nodes[:0], s.traces[:0], s.handing[:0], 0
	settlings.Put(s)
}

func newSettling(facts []Fact) *settling {
	s := settlings.Get().(*settling)
	s.facts = facts
	s.order = s.order[:0]
	for i := range facts {
		s.order = append(s.order, int32(i)) //nolint:gosec // nobody has two billion spans at hand
	}
	slices.SortFunc(s.order, func(a, b int32) int {
		if c := compareIdentity(&facts[a], &facts[b]); c != 0 {
			return c
		}
		return compareContent(&facts[a], &facts[b])
	})
	s.place = slices.Grow(s.place[:0], len(facts))[:len(facts)]
	for _, i := range s.order {
		f := &facts[i]
		last := len(s.nodes) - 1
		if last < 0 || nameless(f) || compareIdentity(s.nodes[last].fact, f) != 0 {
			s.add(f)
			last++
		}
		s.place[i] = int32(last) //nolint:gosec // as above
	}
	s.link()
	return s
}

// nameless spans cannot be told apart nor pointed to: what a span says alone is all that counts of them.
func nameless(f *Fact) bool { return f.SpanID.IsEmpty() || f.TraceID.IsEmpty() }

func (s *settling) add(f *Fact) {
	at := int32(len(s.nodes)) //nolint:gosec // as above
	n := settleNode{
		fact: f, parent: none, class: at, ring: at, best: at, under: none, first: none, next: none, above: none,
		model: IsModelRole(f.Role), usage: hasUsage(f), failed: f.Outcome == semconv.OutcomeError,
	}
	// Events say themselves that a sum is one, and their contract promises that it is never counted.
	n.aggregate = !n.model && n.usage && Concerns(f) && f.Scope != scopeOfEvents
	if nameless(f) {
		n.model, n.aggregate = false, false
	}
	s.nodes = append(s.nodes, n)
}

// link finds the traces of several spans and, in them, the parents.
func (s *settling) link() {
	for from := 0; from < len(s.nodes); {
		to := from + 1
		for to < len(s.nodes) && s.nodes[to].fact.TraceID == s.nodes[from].fact.TraceID && compareOwners(s.nodes[to].fact, s.nodes[from].fact) == 0 {
			to++
		}
		if to-from > 1 && !s.nodes[from].fact.TraceID.IsEmpty() {
			s.traces = append(s.traces, [2]int32{int32(from), int32(to)}) //nolint:gosec // as above
			for i := from; i < to; i++ {
				s.nodes[i].parent = s.lookup(from, to, i)
			}
			s.nest(int32(from), int32(to)) //nolint:gosec // as above
		}
		from = to
	}
}

// nest notes which model spans of a trace are around which. Logs stand beside the tree.
func (s *settling) nest(from, to int32) {
	for i := from; i < to; i++ {
		if n := &s.nodes[i]; n.model && !n.fact.FromLog {
			n.above = s.around(i)
		}
	}
	for i := from; i < to; i++ {
		for at := s.nodes[i].above; at != none && s.nodes[i].depth < maxClimb; at = s.nodes[at].above {
			s.steps++
			s.nodes[i].depth++
		}
	}
}

// lookup finds the parent of node i among the spans of its trace. A real span is preferred to one made from a log of the same id.
func (s *settling) lookup(from, to, i int) int32 {
	f := s.nodes[i].fact
	if f.ParentID.IsEmpty() || f.ParentID == f.SpanID {
		return none
	}
	// The nodes of a trace are in the order of their span ids, and of two with one id the real span is first.
	first, last := from, to
	for first < last {
		middle := (first + last) / 2
		if bytes.Compare(s.nodes[middle].fact.SpanID[:], f.ParentID[:]) < 0 {
			first = middle + 1
		} else {
			last = middle
		}
	}
	if first < to && s.nodes[first].fact.SpanID == f.ParentID {
		return int32(first) //nolint:gosec // as above
	}
	return none
}

// find is the name of a node's class.
func (s *settling) find(i int32) int32 {
	for s.nodes[i].class != i {
		s.steps++
		s.nodes[i].class = s.nodes[s.nodes[i].class].class
		i = s.nodes[i].class
	}
	return i
}

// same says that two spans stand for one call.
func (s *settling) same(a, b int32, rule string) {
	x, y := s.find(a), s.find(b)
	for _, i := range [...]int32{a, b} {
		if s.nodes[i].rule == "" {
			s.nodes[i].rule = rule
		}
	}
	if x == y {
		return
	}
	if x > y {
		x, y = y, x
	}
	s.nodes[y].class = x
	s.nodes[x].ring, s.nodes[y].ring = s.nodes[y].ring, s.nodes[x].ring
	if s.better(s.nodes[y].best, s.nodes[x].best) {
		s.nodes[x].best = s.nodes[y].best
	}
}

// yield says that a class does not count because another does.
func (s *settling) yield(class, to int32, rule string) {
	class = s.find(class)
	if s.find(to) != class && s.nodes[class].under == none {
		s.nodes[class].under, s.nodes[class].behind = to, rule
	}
}

// standing reports whether the node's class still counts.
func (s *settling) standing(i int32) bool { return s.nodes[s.find(i)].under == none }

// champion is the node that counts for a class.
func (s *settling) champion(i int32) *settleNode { return &s.nodes[s.nodes[s.find(i)].best] }

// members calls yield for the spans of a node's class, at most maxClimb of them.
func (s *settling) members(i int32, yield func(*settleNode) bool) {
	at := i
	for range maxClimb {
		s.steps++
		if !yield(&s.nodes[at]) {
			return
		}
		if at = s.nodes[at].ring; at == i {
			return
		}
	}
}

// hasSource reports whether the class already holds a report from where f comes from: one source reports a call once.
func (s *settling) hasSource(class int32, f *Fact) (found bool) {
	s.members(class, func(n *settleNode) bool {
		found = sameSource(n.fact, f)
		return !found
	})
	return found
}

// responseID is the provider's id of a class's call, where any of its spans knows it.
func (s *settling) responseID(class int32) (id string) {
	s.members(class, func(n *settleNode) bool {
		if n.fact.ResponseID != "" && (id == "" || n.fact.ResponseID < id) {
			id = n.fact.ResponseID
		}
		return true
	})
	return id
}

// differentIDs reports whether the ids prove two calls. Ids of two kinds prove nothing between reports of one model: some clients give
// the request's id or one of their own.
func (s *settling) differentIDs(a, b int32) bool {
	x := s.responseID(a)
	if x == "" {
		return false
	}
	y := s.responseID(b)
	if y == "" || x == y {
		return false
	}
	return kindOfID(x) == kindOfID(y) || !sameModel(s.nodes[a].fact.Model, s.nodes[b].fact.Model)
}

// kindOfID is the word an id begins with, as chatcmpl, msg or req; empty for one that begins with its random part.
func kindOfID(id string) string {
	for i := range len(id) {
		switch c := id[i] | 0x20; {
		case id[i] == '-' || id[i] == '_':
			return id[:i]
		case c < 'a' || c > 'z':
			return ""
		}
	}
	return ""
}

// sameSource tells reports of one instrumentation, which are of as many calls, from those of two, which may be of one.
func sameSource(a, b *Fact) bool {
	return a.Scope == b.Scope && a.Dialect == b.Dialect && a.FromLog == b.FromLog && a.Event == b.Event
}

// around climbs from a span through spans that mean nothing and steps to the nearest model span of the same role. A tool, an agent
// or a retrieval in between means two calls: a model span may contain a tool that calls a model of its own.
func (s *settling) around(i int32) int32 {
	role, at := s.nodes[i].fact.Role, i
	for range maxClimb {
		s.steps++
		at = s.nodes[at].parent
		if at == none || at == i {
			return none
		}
		switch n := &s.nodes[at]; n.fact.Role {
		case role:
			return at
		case semconv.RoleOther, semconv.RoleStep:
		default:
			return none
		}
	}
	return none
}
