package foreign

import (
	"context"
	"encoding/hex"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Settings of an Assembler.
type Settings struct {
	// MergeWait is how long the rest of a span is waited for: its beginning once its end is there, or what is said of its trace.
	MergeWait time.Duration
	// OpenWait is how long a span that has begun may stay open.
	OpenWait time.Duration
	// MaxBytes bounds what is held in total, MaxTenantBytes what one tenant may have of it. The oldest is handed on first.
	MaxBytes, MaxTenantBytes int64
	// Storage keeps what is held over a restart; nil keeps it in memory only.
	Storage storage.Client
	// Emit hands spans on in the name of who sent them.
	Emit func(ctx context.Context, traces ptrace.Traces) error
	// Count is told what became of parts and spans.
	Count func(vendor string, what Outcome, n int)
	// Now is the clock.
	Now func() time.Time
}

// Outcome is what became of parts, or of spans that were held.
type Outcome string

// Outcomes of parts, then of spans.
const (
	// Accepted parts are in the pipeline or held.
	Accepted Outcome = "accepted"
	// Duplicate parts had come before, letter for letter.
	Duplicate Outcome = "duplicate"
	// Late parts came after their span had been handed on; a span is not handed on twice, so what they say is lost.
	Late Outcome = "late"
	// Rejected records could not be read.
	Rejected Outcome = "rejected"
	// Failed parts were answered with an error, or refused for good by the pipeline while nobody was there to be told.
	Failed Outcome = "failed"

	// Expired spans waited for their rest in vain and were handed on as they were.
	Expired Outcome = "expired"
	// Evicted spans were handed on early for want of room.
	Evicted Outcome = "evicted"
)

// traceWait is how long what is said of a whole trace is remembered for spans that are still to come.
const traceWait = 10 * time.Minute

// retryWait is how long a held span rests that the pipeline would not take.
const retryWait = 5 * time.Second

// Assembler makes spans of parts. Parts of a span that is not complete are held, in storage before they are acknowledged.
type Assembler struct {
	Settings
	seed maphash.Seed

	mu      sync.Mutex
	tenants map[string]*tenant
	bytes   int64
	serial  uint64 // names stored parts
	gone    gone
}

// NewAssembler returns an Assembler that holds nothing yet; see Restore.
func NewAssembler(s Settings) *Assembler {
	return &Assembler{Settings: s, seed: maphash.MakeSeed(), tenants: map[string]*tenant{}}
}

// sender is whose parts these are.
type sender struct {
	who    *tenancy.Identity // nil where nobody asks for a key
	tenant string
	vendor string
}

func (s sender) context(ctx context.Context) context.Context {
	if s.who == nil {
		return ctx
	}
	return tenancy.NewContext(ctx, *s.who)
}

func (s sender) origin() origin { return origin{s.tenant, s.vendor} }

func senderOf(ctx context.Context, vendor string) sender {
	s := sender{tenant: tenancy.Default, vendor: vendor}
	if id, ok := tenancy.FromContext(ctx); ok {
		s.who, s.tenant = &id, id.Tenant
	}
	return s
}

// Take hands on the spans that are complete and holds the rest. After an error nothing is lost and the same parts may be sent
// again.
func (a *Assembler) Take(ctx context.Context, vendor string, parts []Part) error {
	from := senderOf(ctx, vendor)
	groups, traces := group(parts)
	direct := newSpanSet()
	var toHold []Part
	var ready []finished
	var seen []string // traces whose spans have what is known of them
	received := a.Now()
	taken := 0
	a.mu.Lock()
	t := a.tenantOf(from.tenant)
	known := map[string]told{}
	for _, g := range groups {
		k := from.key(g[0].ID)
		if t.spans[k] == nil && complete(g) {
			id := traceOf(g)
			about, asked := known[id]
			if !asked {
				about = t.told(from, id, traces[id])
				known[id] = about
			}
			if about.enough || !awaitsTrace(g) {
				if hashes, left := a.gone.get(from.tenant, k); left && !slices.ContainsFunc(g, func(p Part) bool { return p.Final }) {
					a.countGone(vendor, g, hashes)
					continue
				}
				ready = append(ready, finished{g, about.part})
				seen = append(seen, id)
				taken += len(g)
				continue
			}
		}
		toHold = append(toHold, g...)
	}
	a.mu.Unlock()
	for _, f := range ready {
		direct.add(from.origin(), f.parts, f.trace, received)
	}
	for _, about := range traces {
		toHold = append(toHold, about...)
	}
	completed, err := a.hold(ctx, from, toHold, received)
	if err != nil {
		a.Count(vendor, Failed, taken+len(toHold))
		return err
	}
	if direct.traces.SpanCount() > 0 {
		if err := a.Emit(ctx, direct.traces); err != nil {
			a.Count(vendor, Failed, taken)
			return err
		}
		a.remember(from, groups, seen)
	}
	a.Count(vendor, Accepted, taken)
	return a.emitHeld(ctx, completed, "")
}

// finished is a span all of whose parts came together, and what is known of its trace.
type finished struct {
	parts []Part
	trace *Part
}

// group puts the parts of one span, and of one trace, together, in the order they came.
func group(parts []Part) (spans [][]Part, traces map[string][]Part) {
	index := map[string]int{}
	for i := range parts {
		p := parts[i]
		if p.WholeTrace {
			if traces == nil {
				traces = map[string][]Part{}
			}
			traces[p.TraceID] = append(traces[p.TraceID], p)
			continue
		}
		if p.ID == "" {
			p.ID = contentID(&p)
		}
		at, ok := index[p.ID]
		if !ok {
			at = len(spans)
			index[p.ID] = at
			spans = append(spans, nil)
		}
		spans[at] = append(spans[at], p)
	}
	return spans, traces
}

// contentID is the id of a record that has none: the same for the same content, so that a re-send is the same span.
func contentID(p *Part) string {
	body, err := content(p)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(digest("content", p.TraceID, p.ParentID, string(body))[:8])
}

// key names a span, or a trace, among those of the sender's tenant. What another project sends under the same id is another one.
func (s sender) key(id string) string {
	project := tenancy.Default
	if s.who != nil {
		project = s.who.Project
	}
	return s.vendor + "\x00" + project + "\x00" + id
}

// remember keeps in mind which spans of halves are gone, so that a half that comes again does not become a span of its own, and
// which traces have spans.
func (a *Assembler) remember(from sender, groups [][]Part, traces []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tenantOf(from.tenant)
	for _, id := range traces {
		if ab := t.traces[from.key(id)]; ab != nil {
			ab.used = true
		}
	}
	for _, g := range groups {
		k := from.key(g[0].ID)
		if t.spans[k] != nil || slices.ContainsFunc(g, func(p Part) bool { return p.Final }) || !complete(g) {
			continue
		}
		var hashes []uint64
		for i := range g {
			hashes = append(hashes, a.hash(&g[i]))
		}
		a.gone.put(from.tenant, k, hashes, a.Now())
	}
}

func (a *Assembler) hash(p *Part) uint64 {
	body, err := content(p)
	if err != nil {
		return 0
	}
	return a.hashOf(p, body)
}

func (a *Assembler) hashOf(p *Part, body []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(a.seed)
	_, _ = h.WriteString(p.ID + "\x00" + p.TraceID + "\x00" + p.ParentID + "\x00") // cannot fail
	_, _ = h.Write(body)
	return h.Sum64()
}

// countGone tells parts that repeat what was handed on from those that come too late.
func (a *Assembler) countGone(vendor string, parts []Part, hashes []uint64) {
	for i := range parts {
		if slices.Contains(hashes, a.hash(&parts[i])) {
			a.Count(vendor, Duplicate, 1)
		} else {
			a.Count(vendor, Late, 1)
		}
	}
}

// Held is how many spans are held, and their size.
func (a *Assembler) Held() (spans int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.tenants {
		spans += len(t.spans)
	}
	return spans, a.bytes
}

// permanent tells that sending again is of no use.
func permanent(err error) bool { return consumererror.IsPermanent(err) }
