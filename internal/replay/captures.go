package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Order is how the spans of a recorded case are cut into requests.
type Order string

// Orders.
const (
	OrderRequest  Order = "request"  // as recorded
	OrderSpans    Order = "spans"    // every span in a request of its own
	OrderShuffled Order = "shuffled" // as OrderSpans, in random order
	OrderTwice    Order = "twice"    // every request, then every request again
)

// Orders is the closed list, in the order help texts show it.
var Orders = []Order{OrderRequest, OrderSpans, OrderShuffled, OrderTwice}

// CaptureOptions says which recorded requests to send and how.
type CaptureOptions struct {
	Target
	Tenant Tenant
	Dir    string // a folder with index.json
	Case   string // glob over client@version/scenario, client@version or scenario; empty means all
	Order  Order  // empty means OrderRequest
	// KeepTimes leaves the times of the recording. Otherwise each case ends now, with all intervals as they were.
	KeepTimes bool
	// NewIDs gives traces and spans new ids, so that a second replay is not a re-send. Ids inside attributes stay.
	NewIDs bool
	// Signals to send; none means traces only, which is all that the default pipeline takes from recorded clients.
	Signals []string
	// Progress is called after every case. May be nil.
	Progress func(name string, done, total int)
}

// Captures sends recorded OTLP requests. The error is nil only when the collector accepted every record.
func Captures(ctx context.Context, o CaptureOptions) (Summary, error) {
	started := time.Now()
	var sum Summary
	switch o.Order {
	case "":
		o.Order = OrderRequest
	case OrderRequest, OrderSpans, OrderShuffled, OrderTwice:
	default:
		return sum, fmt.Errorf("order %q: want one of %v", o.Order, Orders)
	}
	if len(o.Signals) == 0 {
		o.Signals = []string{string(traces)}
	}
	if o.Tenant.Name == "" {
		o.Tenant.Name = "default"
	}
	cases, err := readIndex(o.Dir)
	if err != nil {
		return sum, err
	}
	if cases, err = chosen(cases, o.Case); err != nil {
		return sum, err
	}
	s, err := newSender(o.Target)
	if err != nil {
		return sum, err
	}
	defer func() { _ = s.close() }()
	for i := range cases {
		c := &cases[i]
		payloads, err := o.prepare(c, &sum)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", c.name(), err)
		}
		for _, p := range payloads {
			out := s.send(ctx, o.Tenant.Key, p)
			sum.count(out, o.Tenant.Name)
			if errors.Is(out.err, ErrRefused) || (out.err != nil && !out.answered) {
				sum.Elapsed = time.Since(started)
				return sum, fmt.Errorf("%s: %w", c.name(), out.err)
			}
		}
		if o.Progress != nil {
			o.Progress(c.name(), i+1, len(cases))
		}
	}
	sum.Elapsed = time.Since(started)
	return sum, sum.err()
}

// prepare turns a case into requests in the order in which they are to be sent.
func (o *CaptureOptions) prepare(c *recordedCase, sum *Summary) ([]*payload, error) {
	var requests []*recording
	for _, f := range c.Files {
		kind := f.Signal
		if f.Proto == "" {
			kind = "native"
		}
		if !slices.Contains(o.Signals, kind) {
			sum.skip(kind)
			continue
		}
		r, err := readRecording(filepath.Join(o.Dir, c.Dir), f)
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
	if !o.KeepTimes {
		var last pcommon.Timestamp
		for _, r := range requests {
			last = max(last, r.latest())
		}
		if last > 0 {
			by := time.Since(last.AsTime())
			for _, r := range requests {
				r.shift(by)
			}
		}
	}
	if o.NewIDs {
		names := newRenamer()
		for _, r := range requests {
			r.rename(names)
		}
	}
	requests = o.Order.apply(requests)
	out := make([]*payload, 0, len(requests))
	for _, r := range requests {
		p, err := r.payload()
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (order Order) apply(requests []*recording) []*recording {
	switch order {
	case OrderTwice:
		return append(requests, requests...)
	case OrderSpans, OrderShuffled:
		var out []*recording
		for _, r := range requests {
			out = append(out, r.split()...)
		}
		if order == OrderShuffled {
			rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		}
		return out
	default:
		return requests
	}
}

func (s *Summary) skip(kind string) {
	if s.Skipped == nil {
		s.Skipped = map[string]int{}
	}
	s.Skipped[kind]++
}

// split gives every span of a traces request a request of its own, with its resource and scope. Other signals stay whole.
func (r *recording) split() []*recording {
	if r.signal != traces {
		return []*recording{r}
	}
	var out []*recording
	for _, rs := range r.traces.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				td := ptrace.NewTraces()
				toResource := td.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(toResource.Resource())
				toResource.SetSchemaUrl(rs.SchemaUrl())
				toScope := toResource.ScopeSpans().AppendEmpty()
				ss.Scope().CopyTo(toScope.Scope())
				toScope.SetSchemaUrl(ss.SchemaUrl())
				span.CopyTo(toScope.Spans().AppendEmpty())
				out = append(out, &recording{signal: traces, traces: td, asJSON: r.asJSON, changed: true})
			}
		}
	}
	return out
}

// readBounded refuses a file that no OTLP receiver would take.
func readBounded(file string) ([]byte, error) {
	const limit = 64 << 20
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: %d bytes, more than a request may have", file, info.Size())
	}
	return os.ReadFile(file)
}
