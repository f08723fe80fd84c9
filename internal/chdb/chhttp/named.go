package chhttp

import (
	"sync"
	"time"
)

// maxSessionTimeout is ClickHouse's own default of max_session_timeout.
const maxSessionTimeout = time.Hour

// namedSessions are the HTTP sessions: a connection kept under the client's
// session_id with its settings and temporary tables until it is not used for
// its timeout.
type namedSessions struct {
	max    int
	mu     sync.Mutex
	byID   map[string]*namedSession
	closed bool
}

type namedSession struct {
	*session
	timeout   time.Duration
	busy      bool
	idleSince time.Time
	expire    *time.Timer
}

// take locks the session of an id; open makes it when it is new, unless the
// client said that it must exist.
func (n *namedSessions) take(id string, timeout time.Duration, mustExist bool, open func() (*session, error)) (*namedSession, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errStopped
	}
	s := n.byID[id]
	switch {
	case s != nil && s.busy:
		return nil, exception(codeSessionLocked, "Session %s is locked by a concurrent client", id)
	case s == nil && mustExist:
		return nil, exception(codeNoSession, "Session %s not found", id)
	case s == nil && len(n.byID) >= n.max:
		return nil, exception(codeBusy, "Too many sessions. Maximum: %d", n.max)
	case s == nil:
		opened, err := open()
		if err != nil {
			return nil, err
		}
		s = &namedSession{session: opened}
		n.byID[id] = s
	}
	if s.expire != nil {
		s.expire.Stop()
	}
	s.timeout, s.busy = timeout, true
	return s, nil
}

func (n *namedSessions) give(id string, s *namedSession, end bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.busy = false
	if end || s.spent || n.closed {
		n.drop(id, s)
		return
	}
	s.idleSince = time.Now()
	s.expire = time.AfterFunc(s.timeout, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		// It may have been used again while this waited for the lock.
		if n.byID[id] == s && !s.busy && time.Since(s.idleSince) >= s.timeout {
			n.drop(id, s)
		}
	})
}

func (n *namedSessions) drop(id string, s *namedSession) {
	delete(n.byID, id)
	s.Close()
}

func (n *namedSessions) closeAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for id, s := range n.byID {
		if s.expire != nil {
			s.expire.Stop()
		}
		if !s.busy {
			n.drop(id, s)
		}
	}
}
