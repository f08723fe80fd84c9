//go:build unix

package testkit

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
)

// nativeRevision is the protocol revision the listener speaks at most: the last
// one before chunked packets.
const nativeRevision = 54460

// Native starts a listener that speaks ClickHouse's native protocol in front of
// the engine, which has none, and returns its host:port; it ends with the test.
// Clients may ping, query, insert and cancel, with LZ4 or without compression.
// Columns of type JSON, Dynamic and Variant and external tables do not pass:
// blocks are recoded between the client's revision and the engine's, by
// clickhouse-go, which cannot write what it read of these.
func (e *Engine) Native(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nativeListener{engine: e, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, open: map[net.Conn]bool{}, log: t.Logf}
	n.served.Go(func() { n.serve(listener) })
	t.Cleanup(func() {
		_ = listener.Close()
		n.closeAll()
		n.served.Wait()
	})
	return listener.Addr().String()
}

type nativeListener struct {
	engine *Engine
	client *http.Client
	log    func(string, ...any)
	served sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

func (n *nativeListener) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if !n.add(conn) {
			return
		}
		n.served.Go(func() {
			defer n.remove(conn)
			c := &nativeConn{nativeListener: n, conn: conn, in: proto.NewReader(conn)}
			if err := c.run(); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				n.log("native listener: %v", err)
			}
		})
	}
}

func (n *nativeListener) add(conn net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = conn.Close()
		return false
	}
	n.open[conn] = true
	return true
}

func (n *nativeListener) remove(conn net.Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.open, conn)
	_ = conn.Close()
}

func (n *nativeListener) closeAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for conn := range n.open {
		_ = conn.Close()
	}
}
