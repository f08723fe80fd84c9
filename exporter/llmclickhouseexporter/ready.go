package llmclickhouseexporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

const (
	// pingEvery is how soon an idle exporter notices that the store is gone, or back.
	pingEvery = 10 * time.Second
	// refusedEvery is how often a schema that needs an operator is looked at again.
	refusedEvery = 30 * time.Second
	// runningPoll is how often is asked whether an earlier process's insert is over.
	runningPoll = 200 * time.Millisecond
)

// keepReady connects, migrates and reads back what is stored, and then watches, until ctx is done.
func (e *clickhouseExporter) keepReady(ctx context.Context) {
	seeded := false
	whileReady(ctx, e.gate, e.health, func() error { return e.prepare(ctx, &seeded) }, e.watch)
}

// whileReady prepares the store until that has worked, opens the gate and watches, and begins again when watch returns, until ctx is
// done.
func whileReady(ctx context.Context, gate *gate, health *health, prepare func() error, watch func(context.Context)) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval = 100 * time.Millisecond
	retry.MaxInterval = 5 * time.Second
	for ctx.Err() == nil {
		err := prepare()
		if err == nil {
			retry.Reset()
			health.ok()
			gate.open()
			watch(ctx)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		health.failed(err)
		wait := retry.NextBackOff()
		if errors.Is(err, clickhouse.ErrSchemaNewer) || errors.Is(err, clickhouse.ErrSchemaChanged) {
			wait = refusedEvery
		}
		sleep(ctx, wait)
	}
}

func (e *clickhouseExporter) prepare(ctx context.Context, seeded *bool) error {
	version, err := e.store.Prepare(ctx)
	e.health.version.Store(int64(version))
	if err != nil {
		return err
	}
	if *seeded {
		return nil
	}
	rekeyed, err := e.store.Rekeyed(ctx)
	if err != nil {
		return fmt.Errorf("read when the key of the rows was changed: %w", err)
	}
	if e.cfg.Dedup.WindowSize == 0 {
		e.window.Begin(e.now(), rekeyed)
		*seeded = true
		return nil
	}
	if err := e.waitForEarlier(ctx); err != nil {
		return err
	}
	e.window.Begin(e.now().Add(-e.cfg.Dedup.WindowAge), rekeyed)
	n := 0
	err = e.store.Recent(ctx, e.cfg.Dedup.WindowAge, e.cfg.Dedup.WindowSize, func(r recentRow) {
		e.window.Remember(e.hasher.ID(r.Key), e.hasher.Print(r.Start, r.End, r.Status, r.Name), r.Revision)
		e.seen(r.End)
		n++
	})
	if err != nil {
		return fmt.Errorf("read back what is stored: %w", err)
	}
	if n >= e.cfg.Dedup.WindowSize {
		e.window.Forgot(e.now())
	}
	*seeded = true
	e.log.Info("store is ready", zap.Int("schema_version", version), zap.Int("remembered_spans", n))
	return nil
}

// waitForEarlier lets an insert end that a killed process of this exporter left running in the server:
// what it stores after the window was read back would be stored a second time.
func (e *clickhouseExporter) waitForEarlier(ctx context.Context) error {
	until := e.now().Add(e.cfg.Timeout + overrun)
	for {
		n, err := e.store.Running(ctx)
		if err != nil {
			// Without the grant for system.processes the replacing engine alone has to do.
			e.log.Debug("cannot see running inserts", zap.Error(err))
			return ctx.Err()
		}
		if n == 0 || e.now().After(until) {
			return nil
		}
		if !sleep(ctx, runningPoll) {
			return ctx.Err()
		}
	}
}

// watch returns when the schema has to be looked at again.
func (e *clickhouseExporter) watch(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.gate.closed():
			return
		case <-tick.C:
			if err := e.store.Ping(ctx); err == nil {
				e.health.ok()
			} else if ctx.Err() == nil {
				e.health.failed(err)
			}
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// gate holds batches back until the store is ready.
type gate struct {
	mu     sync.Mutex
	isOpen bool
	change chan struct{}
}

func newGate() *gate { return &gate{change: make(chan struct{})} }

func (g *gate) open() { g.set(true) }
func (g *gate) shut() { g.set(false) }

func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.isOpen != open {
		g.isOpen = open
		close(g.change)
		g.change = make(chan struct{})
	}
}

// closed returns a channel that is closed when the gate is shut, at once when it is.
func (g *gate) closed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isOpen {
		c := make(chan struct{})
		close(c)
		return c
	}
	return g.change
}

// wait reports whether the gate is open, or opened within d.
func (g *gate) wait(ctx context.Context, d time.Duration) bool {
	g.mu.Lock()
	open, change := g.isOpen, g.change
	g.mu.Unlock()
	if open {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-change:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}
