package settling

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/genai"
)

// Counted hears what a settler does, for metrics.
type Counted struct {
	Read      func(traces int)
	Corrected func(reason string, rows int)
	Failed    func(err error)
	// Skipped traces keep the verdicts they have: oversized ones, those whose corrections do not last, and those with too many calls around them to compare.
	Skipped func(reason string, traces int)
}

// Reasons of skipped traces.
const (
	SkippedSize     = "size"
	SkippedUnstable = "unstable"
	SkippedCrowded  = "crowded"
)

const (
	// batch is how many traces are looked at together: it shares the cost of a statement, and bounds its text.
	batch = 5000
	// restRatio is how many times as long as it looked a settler rests, restMax at most: most of a look's cost is reading the calls around
	// the traces, whose number does not depend on how many traces are asked about. So a store under load is asked seldom and for much at
	// once, and at most a sixth of the time, while on a quiet one nobody notices a rest.
	restRatio = 5
	restMax   = 10 * time.Second
	// rangeRows is how many rows of a range are read at a time.
	rangeRows = 20_000
	// sourcesEvery is how often is asked what came through other collectors.
	sourcesEvery = time.Minute
	// logEvery spares the log while the store cannot be asked.
	logEvery = 5 * time.Minute
	// maxBegin is how often is tried to find out when an earlier process ended.
	maxBegin = 3
	// blockedWait is for ranges to which no memory can be given now.
	blockedWait = time.Second
)

// Settler takes due traces, decides and has the store corrected. One goroutine at a time may run its methods.
type Settler struct {
	Pending *Pending

	store    Store
	sources  *Sources
	crowded  crowded
	counted  Counted
	log      *zap.Logger
	now      func() time.Time
	lookback time.Duration

	size    int       // traces of the next batch
	rest    time.Time // until when the store is left alone
	begun   int       // tries to find where an earlier process ended; done at maxBegin
	asked   time.Time // when sources were asked for last
	failed  time.Time // when a failure was logged last
	blocked time.Time // until when there is no room for traces of a range
}

// New makes a settler. lookback is how far back is read again when something is learnt that changes what was not looked at.
func New(store Store, pending *Pending, counted Counted, lookback time.Duration, log *zap.Logger, now func() time.Time) *Settler {
	return &Settler{size: batch, Pending: pending, store: store, sources: NewSources(), crowded: newCrowded(), counted: counted, log: log, now: now, lookback: lookback}
}

// Run settles until ctx is done. ready waits a while for the store and reports whether it is there.
func (s *Settler) Run(ctx context.Context, ready func(context.Context) bool) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval = 100 * time.Millisecond
	retry.MaxInterval = 30 * time.Second
	for {
		wait := s.wait()
		if wait > 0 {
			t := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-s.Pending.wake:
				t.Stop()
				continue
			case <-t.C:
			}
		}
		if !ready(ctx) {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		began := s.now()
		if err := s.Round(ctx); err == nil {
			retry.Reset()
			s.rest = restAfter(began, s.now())
			s.failed = time.Time{}
		} else if !s.pause(ctx, retry.NextBackOff(), err) {
			return
		}
	}
}

// pause reports a failure, at most occasionally in the log, and waits.
func (s *Settler) pause(ctx context.Context, wait time.Duration, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	s.counted.Failed(err)
	if now := s.now(); now.Sub(s.failed) >= logEvery {
		s.failed = now
		s.log.Warn("which calls count twice cannot be looked up; spans are stored all the same, and it is tried again", zap.Error(err))
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// wait is how long there is nothing to do.
func (s *Settler) wait() time.Duration {
	now := s.now()
	next := s.asked.Add(sourcesEvery)
	if at, ok := s.Pending.Next(); ok && at.Before(next) {
		next = at
	}
	if s.Pending.hasRanges() && s.blocked.Before(next) {
		next = s.blocked
	}
	if s.rest.After(next) {
		next = s.rest
	}
	return next.Sub(now)
}

// restAfter is until when to rest after a look.
func restAfter(began, now time.Time) time.Time {
	return now.Add(min(restRatio*now.Sub(began), restMax))
}

// Round does what is due now, at most one batch of it.
func (s *Settler) Round(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.learnSources(ctx); err != nil {
		return err
	}
	if err := s.readRange(ctx); err != nil {
		return err
	}
	looks := s.Pending.Take(s.size, s.now())
	if len(looks) == 0 {
		return nil
	}
	err := s.portion(ctx, looks)
	if err == nil {
		s.size = min(batch, 2*s.size)
		return nil
	}
	// Smaller portions find their way around a trace that the store cannot answer about; it comes last in the queue each time.
	s.size = max(1, len(looks)/4)
	// What was settled before the failure is no longer active, and stays settled.
	for _, l := range looks {
		s.Pending.Finish(l.Trace, Failed, s.now())
	}
	return err
}

// begin asks for what an earlier process stored last: it may have ended long ago, and before it looked at that.
func (s *Settler) begin(ctx context.Context) error {
	if s.begun == maxBegin || s.lookback <= 0 {
		return nil
	}
	s.begun++
	newest, err := s.store.Newest(ctx)
	if err != nil {
		if s.begun == maxBegin {
			s.log.Warn("when spans arrived last cannot be found; those of an earlier process may stay as they were stored", zap.Error(err))
			return nil
		}
		return err
	}
	s.begun = maxBegin
	if now := s.now(); !newest.IsZero() && newest.Before(now) {
		s.Pending.Rescan("", newest.Add(-s.lookback), now)
	}
	return nil
}

// Drain settles all that is due, without delay, until ctx is done or the store fails.
func (s *Settler) Drain(ctx context.Context) {
	s.Pending.Hurry()
	for s.Pending.Due() > 0 && ctx.Err() == nil {
		s.blocked = time.Time{}
		if err := s.Round(ctx); err != nil {
			s.counted.Failed(err)
			s.log.Info("stopping before every trace was settled; the next start goes on", zap.Int("traces", s.Pending.Due()), zap.Error(err))
			return
		}
	}
}

// portion settles traces together, or in smaller portions when they are too much at once.
func (s *Settler) portion(ctx context.Context, looks []Look) error {
	err := s.settle(ctx, looks)
	if !errors.Is(err, ErrTooMany) {
		return err
	}
	if len(looks) == 1 {
		s.counted.Skipped(SkippedSize, 1)
		s.Pending.Finish(looks[0].Trace, Settled, s.now())
		return nil
	}
	if err := s.portion(ctx, looks[:len(looks)/2]); err != nil {
		return err
	}
	return s.portion(ctx, looks[len(looks)/2:])
}

func (s *Settler) settle(ctx context.Context, looks []Look) error {
	f, err := s.read(ctx, looks)
	if err != nil {
		return err
	}
	blind := s.now()
	corrections, elsewhere := f.settle(func(f *genai.Fact) bool { return s.crowded.service(f, blind) })
	if len(corrections) > 0 {
		if err := s.store.Append(ctx, corrections); err != nil {
			return err
		}
	}
	corrected := map[Trace]bool{}
	for i := range corrections {
		c := &corrections[i]
		s.counted.Corrected(c.Label(), 1)
		corrected[c.Trace] = true
	}
	now := s.now()
	for _, l := range elsewhere {
		s.Pending.Prompt(l, now)
	}
	for _, l := range looks {
		outcome := Settled
		switch {
		case corrected[l.Trace]:
			outcome = Corrected
		case len(f.traces[l.Trace]) == 0 || f.gap(l.Trace):
			outcome = Open
		}
		if s.Pending.Finish(l.Trace, outcome, now) {
			s.counted.Skipped(SkippedUnstable, 1)
		}
	}
	return nil
}

// readRange makes traces due that were not remembered, as far as there is room.
func (s *Settler) readRange(ctx context.Context) error {
	if !s.Pending.hasRanges() || s.now().Before(s.blocked) {
		return nil
	}
	r, room := s.Pending.NextRange()
	if room <= 0 {
		s.blocked = s.now().Add(blockedWait)
		return nil
	}
	limit := min(room, rangeRows)
	found, err := s.store.Arrived(ctx, r, limit)
	if err != nil {
		return err
	}
	after := r.After
	for _, f := range found {
		if !s.Pending.Add(f.Look, s.now()) {
			s.blocked = s.now().Add(blockedWait)
			s.Pending.RangeRead(r, after, false)
			return nil
		}
		after = f
	}
	s.Pending.RangeRead(r, after, len(found) < limit)
	return nil
}

// learnSources asks what came through other collectors, or before this one was started. Where that makes a service one with several
// sources, what was settled without knowing it is looked at again.
func (s *Settler) learnSources(ctx context.Context) error {
	now := s.now()
	if now.Sub(s.asked) < sourcesEvery {
		return nil
	}
	since := s.asked.Add(-sourcesEvery)
	if s.asked.IsZero() {
		since = now.Add(-s.lookback)
	}
	again := map[string]struct{}{}
	err := s.store.Sources(ctx, since, func(f *genai.Fact) {
		if s.sources.Note(f) {
			again[f.Tenant] = struct{}{}
		}
	})
	if err != nil {
		return err
	}
	if !s.asked.IsZero() {
		for tenant := range again {
			s.Pending.Rescan(tenant, now.Add(-s.lookback), now)
		}
	}
	s.asked = now
	return nil
}
