package chdbextension

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
)

// engine is one run of the engine's process; *engineproc.Process is one.
type engine interface {
	Wait(ctx context.Context) (engineproc.Ready, error)
	Done() <-chan struct{}
	Err() error
	Pid() int
	Stop(timeout time.Duration) error
	Kill() error
}

// events are told in the order in which they happen.
type events interface {
	serves(r engineproc.Ready, took time.Duration)
	away(err error, retry time.Duration, again bool)
	restarting()
	stopped(err error)
}

// supervisor keeps one engine running and starts it again when it ends.
type supervisor struct {
	start        func() (engine, error)
	startTimeout time.Duration
	stopTimeout  time.Duration
	backoff      backoff
	events       events

	serving atomic.Int64 // pid of the engine that serves, 0 while none does
	last    string       // reason of the last failure
}

// pid is the serving engine's process, 0 while there is none.
func (s *supervisor) pid() int { return int(s.serving.Load()) }

func (s *supervisor) run(ctx context.Context) {
	for {
		began := time.Now()
		err := s.once(ctx)
		if ctx.Err() != nil {
			s.events.stopped(err)
			return
		}
		pause := s.backoff.next(time.Since(began))
		s.events.away(err, pause, err.Error() == s.last)
		s.last = err.Error()
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			s.events.stopped(nil)
			return
		case <-timer.C:
		}
		s.events.restarting()
	}
}

// once runs the engine until it ends, or until ctx is done and it was stopped.
// It never returns nil for an engine that ended by itself.
func (s *supervisor) once(ctx context.Context) error {
	began := time.Now()
	e, err := s.start()
	if err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, s.startTimeout)
	ready, err := e.Wait(starting)
	cancel()
	switch {
	case ctx.Err() != nil:
		return e.Stop(s.stopTimeout)
	case errors.Is(err, context.DeadlineExceeded):
		_ = e.Kill()
		return fmt.Errorf("the ClickHouse engine was not ready within start_timeout %s and was killed; a large data directory may need more", s.startTimeout)
	case err != nil:
		return err
	}
	s.last = ""
	s.serving.Store(int64(e.Pid()))
	defer s.serving.Store(0)
	s.events.serves(ready, time.Since(began))
	select {
	case <-ctx.Done():
		return e.Stop(s.stopTimeout)
	case <-e.Done():
	}
	if err := e.Err(); err != nil {
		return err
	}
	return errLeft
}

var errLeft = errors.New("the ClickHouse engine was stopped from outside")

// backoff is the pause before the next start: doubling while the engine does
// not last, short again once it did.
type backoff struct {
	first, max time.Duration
	calm       time.Duration // a run this long counts as having gone well
	current    time.Duration
}

func (b *backoff) next(lasted time.Duration) time.Duration {
	if b.current == 0 || lasted >= b.calm {
		b.current = b.first
		return b.current
	}
	b.current = min(2*b.current, b.max)
	return b.current
}
