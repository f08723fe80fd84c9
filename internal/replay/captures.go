package replay

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/captures"
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

// Check refuses what is no order.
func (order Order) Check() error {
	if slices.Contains(Orders, order) {
		return nil
	}
	names := make([]string, len(Orders))
	for i, known := range Orders {
		names[i] = string(known)
	}
	return fmt.Errorf("--order %q: want %s", string(order), strings.Join(names, ", "))
}

// CaptureOptions says which recorded requests to send and how.
type CaptureOptions struct {
	Target
	Tenant Tenant
	// Key is the API key of a case, for replays that keep the cases apart. Nil means Tenant's for all.
	Key func(caseName string) (string, error)
	// Events is where the bodies of vendors' own formats go, the llm_event receiver. Empty leaves them out.
	Events string
	Dir    string // a folder with index.json
	Case   string // glob over client@version/scenario, client@version or scenario; empty means all
	Order  Order  // empty means OrderRequest
	// KeepTimes leaves the times of the recording. Otherwise each case ends now, with all intervals as they were.
	KeepTimes bool
	// NewIDs gives traces and spans new ids, so that a second replay is not a re-send. Ids inside attributes stay.
	NewIDs bool
	// Seed decides what OrderShuffled makes of a case; 0 means another order every time.
	Seed uint64
	// Signals to send; none means traces only.
	Signals []string
	// Interrupt is called when the first half of every case's requests is sent, before the second. May be nil.
	Interrupt func(context.Context) error
	// Progress is called after every case. May be nil.
	Progress func(name string, done, total int)
}

// Captures sends recorded OTLP requests. The error is nil only when the collector accepted every record.
func Captures(ctx context.Context, o CaptureOptions) (Summary, error) {
	started := time.Now()
	sum, err := o.deliver(ctx)
	sum.Elapsed = time.Since(started)
	return sum, err
}

func (o *CaptureOptions) deliver(ctx context.Context) (sum Summary, err error) {
	if o.Order == "" {
		o.Order = OrderRequest
	}
	if err := o.Order.Check(); err != nil {
		return sum, err
	}
	if len(o.Signals) == 0 {
		o.Signals = []string{string(traces)}
	}
	if o.Tenant.Name == "" {
		o.Tenant.Name = "default"
	}
	cases, err := captures.Read(os.DirFS(o.Dir), o.Dir)
	if err != nil {
		return sum, err
	}
	if cases, err = captures.Matching(cases, o.Case); err != nil {
		return sum, err
	}
	s, err := newCaptureSender(o)
	if err != nil {
		return sum, err
	}
	defer s.close()
	all := make([][]*payload, len(cases))
	for i := range cases {
		if all[i], err = o.prepare(&cases[i], &sum); err != nil {
			return sum, fmt.Errorf("%s: %w", cases[i].Name(), err)
		}
	}
	if o.Interrupt != nil {
		for i := range cases {
			half := len(all[i]) / 2
			if err := o.send(ctx, s, &sum, cases[i].Name(), all[i][:half]); err != nil {
				return sum, err
			}
			all[i] = all[i][half:]
		}
		if err := o.Interrupt(ctx); err != nil {
			return sum, err
		}
	}
	for i := range cases {
		if err := o.send(ctx, s, &sum, cases[i].Name(), all[i]); err != nil {
			return sum, err
		}
		if o.Progress != nil {
			o.Progress(cases[i].Name(), i+1, len(cases))
		}
	}
	return sum, sum.err()
}

// send delivers requests of a case; its error means that sending on makes no sense.
func (o *CaptureOptions) send(ctx context.Context, s *captureSender, sum *Summary, name string, payloads []*payload) error {
	key := o.Tenant.Key
	if o.Key != nil {
		var err error
		if key, err = o.Key(name); err != nil {
			return err
		}
	}
	for _, p := range payloads {
		out := s.send(ctx, key, p)
		sum.count(out, o.Tenant.Name)
		if errors.Is(out.err, ErrRefused) || (out.err != nil && !out.answered) {
			return fmt.Errorf("%s: %w", name, out.err)
		}
	}
	return nil
}

// prepare turns a case into requests in the order in which they are to be sent.
func (o *CaptureOptions) prepare(c *captures.Case, sum *Summary) ([]*payload, error) {
	var requests []*recording
	var err error
	for _, f := range c.Files {
		kind := f.Signal
		if f.Proto == "" {
			kind = string(native)
		}
		if kind == string(native) && o.Events == "" || kind != string(native) && !slices.Contains(o.Signals, kind) {
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
	if requests, err = o.Order.apply(requests, o.Seed, c.Name()); err != nil {
		return nil, err
	}
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

func (order Order) apply(requests []*recording, seed uint64, name string) ([]*recording, error) {
	switch order {
	case OrderTwice:
		return append(requests, requests...), nil
	case OrderSpans, OrderShuffled:
		var out []*recording
		for _, r := range requests {
			pieces, err := r.split()
			if err != nil {
				return nil, err
			}
			out = append(out, pieces...)
		}
		if order == OrderShuffled {
			shuffler(seed, name).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		}
		return out, nil
	default:
		return requests, nil
	}
}

// shuffler gives every case an order of its own that is the same for the same seed.
func shuffler(seed uint64, name string) *rand.Rand {
	if seed == 0 {
		seed = rand.Uint64()
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func (s *Summary) skip(kind string) {
	if s.Skipped == nil {
		s.Skipped = map[string]int{}
	}
	s.Skipped[kind]++
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
