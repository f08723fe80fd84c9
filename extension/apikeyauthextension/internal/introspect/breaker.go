package introspect

import (
	"sync"
	"time"
)

// breaker lets questions through until several in a row failed; then one at a time, each after a pause, until one succeeds.
type breaker struct {
	cfg BreakerConfig
	// changed is told, without a lock held, when the breaker opens (with the error) and when it closes (with nil).
	changed func(error)

	mu       sync.Mutex
	failures int
	next     time.Time
}

// allow reports whether a question may be asked at now.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < b.cfg.Failures {
		return true
	}
	if now.Before(b.next) {
		return false
	}
	b.next = now.Add(b.cfg.CoolDown) // this one tries; others wait for what becomes of it
	return true
}

// settle tells how a question went.
func (b *breaker) settle(err error, now time.Time) {
	b.mu.Lock()
	opens, closes := false, false
	if err == nil {
		closes = b.failures >= b.cfg.Failures
		b.failures = 0
	} else {
		b.failures++
		opens = b.failures == b.cfg.Failures
		b.next = now.Add(b.cfg.CoolDown)
	}
	b.mu.Unlock()
	if opens || closes {
		b.changed(err)
	}
}
