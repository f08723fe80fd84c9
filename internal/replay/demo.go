package replay

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// Defaults of DemoOptions.
const (
	DefaultSpread = 24 * time.Hour
	DefaultTraces = 400
)

// Tenant is one API key to send with.
type Tenant struct {
	Name string // for the summary only; the collector knows the tenant by the key
	Key  string
}

// DemoOptions says what to make up and where to send it.
type DemoOptions struct {
	Target
	// Tenants share the conversations; the first gets half of them. None means one without a key.
	Tenants []Tenant
	// Seed decides everything that is made up, ids included, so that the same seed and Until are the same bytes and a second run
	// is a re-send. 0 draws a new one: a second run is then a second day's traffic, never a copy of the first.
	Seed   uint64
	Spread time.Duration // how far back the conversations go; 0 means DefaultSpread
	Traces int           // at least so many; 0 means DefaultTraces
	Until  time.Time     // when the last conversation ends; zero means now
	// Progress is called after every request with spans sent so far and in all. May be nil.
	Progress func(sent, total int)
}

const (
	// batchSpans is a usual size of an SDK's batch.
	batchSpans = 200
	// firstShare of the conversations belong to the first tenant, whose key is the one people look with.
	firstShare = 0.5
)

// Demo makes conversations up and sends them, oldest first. The error is nil only when the collector accepted every span.
func Demo(ctx context.Context, o DemoOptions) (Summary, error) {
	o.fillDefaults()
	started := time.Now()
	batches, sum, err := generate(o)
	if err != nil {
		return sum, err
	}
	s, err := newSender(o.Target)
	if err != nil {
		return sum, err
	}
	defer func() { _ = s.close() }()
	total := 0
	for _, b := range batches {
		total += b.traces.SpanCount()
	}
	for _, b := range batches {
		raw, err := ptraceotlp.NewExportRequestFromTraces(b.traces).MarshalProto()
		if err != nil {
			return sum, err
		}
		out := s.send(ctx, b.tenant.Key, &payload{signal: traces, records: b.traces.SpanCount(), proto: raw})
		sum.count(out, b.tenant.Name)
		sum.Elapsed = time.Since(started)
		if o.Progress != nil {
			o.Progress(sum.Records, total)
		}
		if errors.Is(out.err, ErrRefused) || (out.err != nil && !out.answered) {
			// The rest would fare alike: one wrong key or an absent collector is one message, not a hundred.
			return sum, fmt.Errorf("%d of %d spans sent: %w", sum.Accepted, total, out.err)
		}
	}
	return sum, sum.err()
}

// err is nil when nothing was lost.
func (s *Summary) err() error {
	if s.Lost() == 0 {
		return nil
	}
	return fmt.Errorf("the collector did not accept %d of %d records", s.Lost(), s.Records)
}

func (o *DemoOptions) fillDefaults() {
	if len(o.Tenants) == 0 {
		o.Tenants = []Tenant{{Name: "default"}}
	}
	if o.Seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:])
		// Short enough to type again, never 0.
		o.Seed = binary.LittleEndian.Uint64(b[:])%999_999 + 1
	}
	if o.Spread <= 0 {
		o.Spread = DefaultSpread
	}
	if o.Traces <= 0 {
		o.Traces = DefaultTraces
	}
	if o.Until.IsZero() {
		o.Until = time.Now()
	}
}

// batch is what goes into one request.
type batch struct {
	tenant Tenant
	traces ptrace.Traces
}

// generate makes everything up, in the order in which it is to be sent.
func generate(o DemoOptions) ([]batch, Summary, error) {
	sum := Summary{Seed: o.Seed}
	templates, err := loadConversations()
	if err != nil {
		return nil, sum, err
	}
	made := invent(templates, o.Seed, o.Traces)
	d := newDice(o.Seed, 0)
	d.Shuffle(len(made), func(i, j int) { made[i], made[j] = made[j], made[i] })
	ends := d.schedule(len(made), o.Until, o.Spread)
	var out []batch
	pending := map[string]int{} // tenant -> index in out of the batch that still has room
	for i, c := range made {
		tenant := o.Tenants[0]
		if len(o.Tenants) > 1 && d.Float64() >= firstShare {
			tenant = o.Tenants[1+d.IntN(len(o.Tenants)-1)]
		}
		for _, td := range c.traces {
			shift(spansOf(td), ends[i].Sub(c.ended))
			j, ok := pending[tenant.Key]
			if !ok || out[j].traces.SpanCount()+td.SpanCount() > batchSpans {
				j = len(out)
				out = append(out, batch{tenant: tenant, traces: ptrace.NewTraces()})
				pending[tenant.Key] = j
			}
			td.ResourceSpans().MoveAndAppendTo(out[j].traces.ResourceSpans())
			sum.Traces++
		}
		sum.Truth.add(c.truth)
	}
	return out, sum, nil
}

// played is one finished conversation, at times relative to an arbitrary start.
type played struct {
	traces []ptrace.Traces
	ended  time.Time
	truth  Truth
}

// invent plays each template once and then draws by weight until there are enough traces.
func invent(templates []*conversation, seed uint64, atLeast int) []played {
	weights := 0
	for _, c := range templates {
		weights += c.Weight
	}
	d := newDice(seed, 1)
	start := time.Unix(1_000_000_000, 0).UTC() // not 0, which means absent on the wire
	var out []played
	for made := 0; made < atLeast || len(out) < len(templates); {
		c := pick(templates, d.IntN(weights))
		if len(out) < len(templates) {
			c = templates[len(out)]
		}
		p := newPlayer(c, newDice(seed, uint64(len(out))+2))
		tds, ended := p.play(start)
		made += len(tds)
		out = append(out, played{traces: tds, ended: ended, truth: p.truth})
	}
	return out
}

func pick(templates []*conversation, at int) *conversation {
	i := slices.IndexFunc(templates, func(c *conversation) bool {
		at -= c.Weight
		return at < 0
	})
	return templates[i]
}
