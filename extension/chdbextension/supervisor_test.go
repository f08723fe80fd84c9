package chdbextension

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

// fakeEngine is a run whose course a test decides.
type fakeEngine struct {
	ready   chan engineproc.Ready
	done    chan struct{}
	once    sync.Once
	err     error
	stopped chan time.Duration
	killed  chan struct{}
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{ready: make(chan engineproc.Ready, 1), done: make(chan struct{}), stopped: make(chan time.Duration, 1), killed: make(chan struct{})}
}

func (f *fakeEngine) Wait(ctx context.Context) (engineproc.Ready, error) {
	select {
	case r := <-f.ready:
		return r, nil
	case <-f.done:
		return engineproc.Ready{}, f.err
	case <-ctx.Done():
		return engineproc.Ready{}, ctx.Err()
	}
}

func (f *fakeEngine) Done() <-chan struct{} { return f.done }
func (f *fakeEngine) Err() error            { return f.err }
func (f *fakeEngine) Pid() int              { return 42 }

func (f *fakeEngine) Stop(timeout time.Duration) error {
	f.stopped <- timeout
	f.end(nil)
	return nil
}

func (f *fakeEngine) Kill() error {
	close(f.killed)
	f.end(nil)
	return nil
}

func (f *fakeEngine) end(err error) {
	f.once.Do(func() {
		f.err = err
		close(f.done)
	})
}

// recorder keeps what the supervisor told.
type recorder struct {
	served  chan engineproc.Ready
	reasons chan error
	again   chan bool
	pauses  chan time.Duration
	starts  chan struct{}
	ended   chan error
}

func newRecorder() *recorder {
	return &recorder{
		served: make(chan engineproc.Ready, 100), reasons: make(chan error, 100), again: make(chan bool, 100),
		pauses: make(chan time.Duration, 100), starts: make(chan struct{}, 100), ended: make(chan error, 1),
	}
}

func (r *recorder) serves(ready engineproc.Ready, _ time.Duration) { r.served <- ready }
func (r *recorder) restarting()                                    { r.starts <- struct{}{} }
func (r *recorder) stopped(err error)                              { r.ended <- err }
func (r *recorder) away(err error, retry time.Duration, again bool) {
	r.reasons <- err
	r.pauses <- retry
	r.again <- again
}

func supervise(t *testing.T, start func() (engine, error)) (*supervisor, *recorder, context.CancelFunc) {
	t.Helper()
	r := newRecorder()
	s := &supervisor{
		start: start, startTimeout: time.Minute, stopTimeout: 7 * time.Second,
		backoff: backoff{first: time.Microsecond, max: time.Millisecond, calm: time.Hour}, events: r,
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s, r, cancel
}

func TestSupervisorStartsAgainWhatEnded(t *testing.T) {
	engines := make(chan *fakeEngine, 3)
	all := []*fakeEngine{newFakeEngine(), newFakeEngine(), newFakeEngine()}
	for _, e := range all {
		engines <- e
	}
	s, r, cancel := supervise(t, func() (engine, error) { return <-engines, nil })
	assert.Zero(t, s.pid())
	all[0].ready <- engineproc.Ready{Addr: "a"}
	assert.Equal(t, "a", (<-r.served).Addr)
	assert.Equal(t, 42, s.pid())

	crash := errors.New("crash")
	all[0].end(crash)
	require.ErrorIs(t, <-r.reasons, crash)
	assert.False(t, <-r.again)
	<-r.starts

	all[1].end(crash)
	require.ErrorIs(t, <-r.reasons, crash)
	assert.True(t, <-r.again, "the same reason twice is told once")
	<-r.starts

	all[2].ready <- engineproc.Ready{Addr: "b"}
	assert.Equal(t, "b", (<-r.served).Addr)
	cancel()
	assert.Equal(t, 7*time.Second, <-all[2].stopped)
	require.NoError(t, <-r.ended)
	assert.Zero(t, s.pid())
}

func TestSupervisorTellsWhatCannotBeStarted(t *testing.T) {
	broken := errors.New("no such program")
	_, r, _ := supervise(t, func() (engine, error) { return nil, broken })
	for range 3 {
		require.ErrorIs(t, <-r.reasons, broken)
	}
}

func TestSupervisorNoticesACleanEnd(t *testing.T) {
	e := newFakeEngine()
	first := true
	_, r, _ := supervise(t, func() (engine, error) {
		if first {
			first = false
			return e, nil
		}
		return newFakeEngine(), nil
	})
	e.ready <- engineproc.Ready{}
	<-r.served
	e.end(nil)
	require.ErrorIs(t, <-r.reasons, errLeft)
}

func TestSupervisorKillsWhatDoesNotBecomeReady(t *testing.T) {
	e := newFakeEngine()
	r := newRecorder()
	s := &supervisor{start: func() (engine, error) { return e, nil }, startTimeout: time.Millisecond, events: r}
	require.ErrorContains(t, s.once(t.Context()), "start_timeout 1ms")
	<-e.killed
}

func TestSupervisorStopsWhatIsStarting(t *testing.T) {
	e := newFakeEngine()
	started := make(chan struct{})
	_, r, cancel := supervise(t, func() (engine, error) {
		close(started)
		return e, nil
	})
	<-started
	cancel()
	<-e.stopped
	require.NoError(t, <-r.ended)
}

func TestBackoff(t *testing.T) {
	b := backoff{first: 100 * time.Millisecond, max: 30 * time.Second, calm: time.Minute}
	var got []time.Duration
	for range 11 {
		got = append(got, b.next(time.Second))
	}
	assert.Equal(t, 100*time.Millisecond, got[0])
	assert.Equal(t, 200*time.Millisecond, got[1])
	assert.Equal(t, 25600*time.Millisecond, got[8])
	assert.Equal(t, 30*time.Second, got[10])
	assert.Equal(t, 100*time.Millisecond, b.next(2*time.Minute), "a run that lasted begins anew")
}
