package chhttp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// pool hands out engine sessions: anonymous ones that any request may take
// over, and named ones (HTTP sessions) that belong to their id. Both take one
// of a fixed number of turns while a statement runs.
type pool struct {
	connect Connect
	wait    time.Duration
	turns   chan struct{}
	idle    chan *session
	control Conn // keeps the engine alive, and cancels statements while all turns are taken
	named   namedSessions
	closed  atomic.Bool
}

func newPool(o Options) (*pool, error) {
	control, err := o.Connect()
	if err != nil {
		return nil, err
	}
	return &pool{
		connect: o.Connect,
		wait:    o.Wait,
		turns:   make(chan struct{}, o.Connections),
		idle:    make(chan *session, o.Connections),
		control: control,
		named:   namedSessions{max: o.Sessions, byID: map[string]*namedSession{}},
	}, nil
}

// turn waits for the right to run one statement.
func (p *pool) turn(ctx context.Context) (release func(), err error) {
	var once sync.Once
	release = func() { once.Do(func() { <-p.turns }) }
	select {
	case p.turns <- struct{}{}:
		return release, nil
	default:
	}
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	select {
	case p.turns <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, exception(codeCancelled, "The client left while its query waited")
	case <-timer.C:
		return nil, exception(codeBusy, "Too many simultaneous queries. Maximum: %d, and none ended within %s", cap(p.turns), p.wait)
	}
}

func (p *pool) open() (*session, error) {
	conn, err := p.connect()
	if err != nil {
		return nil, err
	}
	return &session{Conn: conn, database: "default", settings: map[string]string{}}, nil
}

func (p *pool) take() (*session, error) {
	select {
	case s := <-p.idle:
		return s, nil
	default:
		return p.open()
	}
}

func (p *pool) give(s *session) {
	if !s.spent && !p.closed.Load() {
		select {
		case p.idle <- s:
			return
		default:
		}
	}
	s.Close()
}

// cancel stops the statement that carries the mark, and goes on until done:
// the statement may not have reached the engine's list yet.
func (p *pool) cancel(mark string, done <-chan struct{}) {
	kill := "KILL QUERY WHERE position(query, " + quoteText(mark) + ") > 0 ASYNC"
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		if err := p.control.Exec(kill, "Null", nil, nil); err != nil {
			return
		}
		select {
		case <-done:
			return
		case <-time.After(pause):
		}
	}
}

// close ends every session that no request holds. The engine stops with the
// last one.
func (p *pool) close() {
	p.closed.Store(true)
	p.named.closeAll()
	for {
		select {
		case s := <-p.idle:
			s.Close()
		default:
			p.control.Close()
			return
		}
	}
}

var errStopped = errors.New("the engine is stopping")
