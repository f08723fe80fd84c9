package introspect

import (
	"context"
	"errors"
	"sync"
	"time"
)

// waitingPerSlot bounds how many different keys may wait for each question under way, and with it the memory that
// somebody with endless keys can occupy.
const waitingPerSlot = 16

var errBusy = errors.New("too many keys wait to be asked about")

// flights asks once about a key that many requests bring at the same time.
type flights struct {
	slots chan struct{}
	// patience is how long a key waits for its turn.
	patience time.Duration

	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	closed bool
	byKey  map[digest]*flight
}

type flight struct {
	landed chan struct{}
	known  *known
	err    error
}

func (f *flights) init(slots int, patience time.Duration) {
	f.patience = patience
	f.slots = make(chan struct{}, slots)
	f.byKey = map[digest]*flight{}
	f.ctx, f.stop = context.WithCancel(context.Background())
}

func (f *flights) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	f.done.Wait()
}

// do returns what ask returned, or the error of ctx. One request that gives up does not end the question for others,
// so ask gets a context of its own.
func (f *flights) do(ctx context.Context, key digest, ask func(context.Context) (*known, error)) (*known, error) {
	one, err := f.join(key, ask)
	if err != nil {
		return nil, err
	}
	select {
	case <-one.landed:
		return one.known, one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *flights) join(key digest, ask func(context.Context) (*known, error)) (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.byKey[key]; ok {
		return one, nil
	}
	if f.closed || len(f.byKey) >= cap(f.slots)*waitingPerSlot {
		return nil, errBusy
	}
	one := &flight{landed: make(chan struct{})}
	f.byKey[key] = one
	f.done.Go(func() {
		f.fly(one, ask)
		f.mu.Lock()
		delete(f.byKey, key)
		f.mu.Unlock()
		close(one.landed)
	})
	return one, nil
}

func (f *flights) fly(one *flight, ask func(context.Context) (*known, error)) {
	turn := time.NewTimer(f.patience)
	defer turn.Stop()
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
		one.known, one.err = ask(f.ctx)
	case <-turn.C:
		one.err = errBusy
	case <-f.ctx.Done():
		one.err = f.ctx.Err()
	}
}
