//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"errors"
	"sync"
	"unsafe"
)

// Conn is one session of the engine: its own settings, current database and
// temporary tables. It runs one statement at a time; the engine runs many
// connections at once. Methods may be called from any goroutine.
type Conn struct {
	mu     sync.Mutex
	handle uintptr // chdb_connection*, 0 once closed
}

// connecting serialises connects and closes: the first connect starts the
// engine and the last close stops it.
var connecting sync.Mutex

// Connect opens a session. The first one in the process starts the engine with
// args (--path=..., --config-file=...), and every later one must repeat them to
// the letter: the engine compares the path as text. The engine prints the
// reason of a refusal on the process's stderr, not into the error.
func Connect(args ...string) (*Conn, error) {
	connecting.Lock()
	defer connecting.Unlock()
	var pin pinned
	defer pin.Unpin()
	handle := call(sym.connect, uintptr(len(args)+1), pin.cStrings(append([]string{"watchllm"}, args...)))
	if handle == 0 {
		return nil, errors.New("the engine refused to open the data directory")
	}
	return &Conn{handle: handle}, nil
}

// Close ends the session, after the statement it runs; closing the last one
// stops the engine and flushes what it holds.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return
	}
	connecting.Lock()
	defer connecting.Unlock()
	call(sym.closeConn, c.handle)
	c.handle = 0
}

// Shutdown ends every engine thread; all connections must be closed, and no
// connect works afterwards. It reports failure when tables had been loaded from
// disk although everything was closed, so its outcome is for the log only.
func Shutdown() error {
	if int32(call(sym.shutdown)) != 0 {
		return errors.New("engine threads were still there at shutdown")
	}
	return nil
}

// inner is the connection the statement calls want: *handle.
func (c *Conn) inner() uintptr { return *(*uintptr)(pointer(c.handle)) }

// Classify parses a text without running it; ok is false when the parser could
// not.
func (c *Conn) Classify(query string) (class Class, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == 0 {
		return Class{}, false
	}
	var pin pinned
	defer pin.Unpin()
	out := &struct{ size, statements, flags, class uint32 }{}
	out.size = uint32(unsafe.Sizeof(*out))
	pin.Pin(out)
	rc := call(sym.classify, c.inner(), pin.text(query), uintptr(len(query)), 0, 0, uintptr(unsafe.Pointer(out)))
	// A text the parser gives up on is class 4 with no statements, and no error.
	ok = int32(rc) == 0 && out.statements > 0
	return Class{Statements: int(out.statements), ReadOnly: out.class == 0, Control: out.class == 3}, ok
}
