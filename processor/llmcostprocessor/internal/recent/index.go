package recent

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/watchllm/watchllm/internal/genai"
)

// Limits bound what is remembered.
type Limits struct {
	// MaxAge is how long a span is remembered after it, or another span of its call or trace, came.
	MaxAge time.Duration
	// MaxSpans and MaxSpansPerTenant are numbers of spans; the oldest make room. A span takes about 0.4 kB, with the longest
	// names it may have MaxBytesPerSpan.
	MaxSpans, MaxSpansPerTenant int
}

// Bounds of what one request may be compared with. A trace that holds more calls than that is settled in the store.
const (
	maxPerTrace    = 256
	maxPerResponse = 32
	maxPerTokens   = 16
	maxRecalled    = 1024
	maxClimb       = 64
)

// nearby is how far apart two spans with the same counts may be and still be looked at together: a log event follows its call.
const nearby = int64(2 * time.Second)

// Stats is what the index did and holds.
type Stats struct {
	Spans       int   // remembered now
	EvictedAge  int64 // ever forgotten because of their age
	EvictedSize int64 // ever forgotten to make room
}

// Index remembers spans. It may be used by many goroutines.
type Index struct {
	limits Limits
	seed   maphash.Seed

	mu      sync.Mutex
	slots   slots
	heads   [chains]table
	tenants map[string]*tenant
	all     list
	names   map[names]*names
	last    *names
	packed  []byte  // scratch
	found   []int32 // scratch
	turn    uint32  // of the request at hand, to add no span twice
	stats   Stats
}

// tenant is what is remembered for one.
type tenant struct {
	name  string
	list  list
	count int
}

// New makes an empty index.
func New(limits Limits) *Index {
	return &Index{limits: limits, seed: maphash.MakeSeed(), tenants: map[string]*tenant{}, names: map[names]*names{}, all: emptyList}
}

var _ genai.Memory = (*Index)(nil)

// Stats tells how much is remembered and how much was forgotten.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stats
}

// Recall appends what is remembered of the traces, answers and equal counts of the given facts, and remembers these. A span that
// comes again takes the place of its earlier self.
func (x *Index) Recall(facts []genai.Fact, now int64) []genai.Fact {
	own := len(facts)
	hash := newHasher(x.seed)
	var few [128]keys
	all := few[:0]
	for i := range facts {
		all = append(all, hash.keys(&facts[i]))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire(now - int64(x.limits.MaxAge))
	x.turn++
	for i := range own {
		if at, ok := x.lookup(&facts[i], all[i][chainSpan]); ok {
			x.forget(at)
		}
	}
	for i := range own {
		facts = x.related(&hash, facts, &facts[i], &all[i], now)
	}
	// What shows how the recalled spans hang together.
	for i := 0; i < len(facts) && len(facts) < own+maxRecalled; i++ {
		facts = x.ancestors(&hash, facts, i, now)
	}
	for i := range own {
		if at, ok := x.lookup(&facts[i], all[i][chainSpan]); ok { // twice in one request
			x.forget(at)
		}
		if storable(&facts[i]) {
			x.remember(&facts[i], &all[i], now)
		}
	}
	return facts
}

// related appends the spans that may stand for the same call as f, or sum it up.
func (x *Index) related(hash *hasher, facts []genai.Fact, f *genai.Fact, k *keys, now int64) []genai.Fact {
	if !genai.Concerns(f) {
		return facts
	}
	want := *f // facts may move
	facts = x.follow(facts, chainTrace, k[chainTrace], maxPerTrace, now, func(s *slot) bool { return s.trace == want.TraceID })
	others := len(facts)
	if k[chainResponse] != 0 {
		facts = x.follow(facts, chainResponse, k[chainResponse], maxPerResponse, now, func(s *slot) bool { return s.texts.response() == want.ResponseID })
	}
	x.found = x.found[:0]
	if key := k[chainTokens]; key != 0 {
		for _, c := range [...]chain{chainTokens, chainUncached, chainUnreasoned} {
			x.atOnce(c, key, &want)
		}
	}
	for _, c := range [...]chain{chainUncached, chainUnreasoned} {
		if key := k[c]; key != 0 {
			x.atOnce(chainTokens, key, &want)
		}
	}
	// Only reports of two sources can be of one call for their counts: where all are of one source, none changes what becomes of
	// the others. Where a second source is there, the rest of the first tell which report is taken already.
	if slices.ContainsFunc(x.found, func(at int32) bool { return !x.slots.at(at).sameSource(&want) }) {
		for _, at := range x.found {
			if x.slots.at(at).turn != x.turn && len(facts) < maxRecalled {
				facts = x.recall(facts, at, now)
			}
		}
	}
	for i := others; i < len(facts) && len(facts) < maxRecalled; i++ {
		trace := facts[i].TraceID
		facts = x.follow(facts, chainTrace, hash.trace(&facts[i]), maxPerTrace, now, func(s *slot) bool { return s.trace == trace })
	}
	return facts
}

// follow appends the spans of a chain that fit, the newest first.
func (x *Index) follow(facts []genai.Fact, c chain, key uint32, most int, now int64, fits func(*slot) bool) []genai.Fact {
	for at := x.heads[c].head(key); at != nowhere && most > 0 && len(facts) < maxRecalled; most-- {
		s := x.slots.at(at)
		next := s.links[c].next
		if s.turn != x.turn && fits(s) {
			facts = x.recall(facts, at, now)
		}
		at = next
	}
	return facts
}

// atOnce notes the spans of a chain that were there at about the time of f, the newest first.
func (x *Index) atOnce(c chain, key uint32, f *genai.Fact) {
	at := x.heads[c].head(key)
	for most := maxPerTokens; at != nowhere && most > 0; most-- {
		s := x.slots.at(at)
		if s.turn != x.turn && s.start <= f.End+nearby && f.Start <= s.end+nearby {
			x.found = append(x.found, at)
		}
		at = s.links[c].next
	}
}

func (x *Index) recall(facts []genai.Fact, at int32, now int64) []genai.Fact {
	x.slots.at(at).turn = x.turn
	x.touch(at, now)
	return append(facts, x.slots.at(at).fact())
}

// ancestors appends the remembered spans above a span.
func (x *Index) ancestors(hash *hasher, facts []genai.Fact, of int, now int64) []genai.Fact {
	f := &facts[of]
	if f.ParentID.IsEmpty() {
		return facts
	}
	want := genai.Fact{Tenant: f.Tenant, Project: f.Project, TraceID: f.TraceID, SpanID: f.ParentID}
	for range maxClimb {
		if want.SpanID.IsEmpty() {
			break
		}
		at, ok := x.lookup(&want, hash.span(&want, want.SpanID))
		if !ok || x.slots.at(at).turn == x.turn {
			break
		}
		facts = x.recall(facts, at, now)
		want.SpanID = x.slots.at(at).parent
	}
	return facts
}

// lookup finds the slot of a span.
func (x *Index) lookup(f *genai.Fact, key uint32) (int32, bool) {
	for at := x.heads[chainSpan].head(key); at != nowhere; at = x.slots.at(at).links[chainSpan].next {
		s := x.slots.at(at)
		if s.span == f.SpanID && s.trace == f.TraceID && s.names.fromLog == f.FromLog && s.tenant.name == f.Tenant && s.names.project == f.Project {
			return at, true
		}
	}
	return 0, false
}
