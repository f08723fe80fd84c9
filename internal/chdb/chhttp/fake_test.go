package chhttp

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb"
)

// fakeEngine is an engine whose statements a test answers.
type fakeEngine struct {
	mu     sync.Mutex
	ran    []string
	opened int
	closed int

	// answer is called without the lock for every statement but the engine's
	// first words; nil answers nothing.
	answer func(query string, use func([]byte) error) error
	class  func(query string) (chdb.Class, bool)
}

func (f *fakeEngine) connect() (Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return &fakeConn{engine: f}, nil
}

func (f *fakeEngine) statements() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.ran...)
}

func (f *fakeEngine) count(what string) (n int) {
	for _, s := range f.statements() {
		if strings.Contains(s, what) {
			n++
		}
	}
	return n
}

func (f *fakeEngine) connections() (opened, closed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened, f.closed
}

type fakeConn struct{ engine *fakeEngine }

func (c *fakeConn) Exec(query, _ string, _ []chdb.Param, use func([]byte, chdb.Stats) error) error {
	if query == "SELECT version(), timezone(), displayName()" {
		return use([]byte("26.7.2.1\tUTC\tfake\n"), chdb.Stats{})
	}
	c.engine.mu.Lock()
	c.engine.ran = append(c.engine.ran, query)
	c.engine.mu.Unlock()
	if c.engine.answer == nil {
		return nil
	}
	return c.engine.answer(query, func(b []byte) error {
		if use == nil {
			return nil
		}
		return use(b, chdb.Stats{RowsRead: 1})
	})
}

func (c *fakeConn) Stream(query, format string, params []chdb.Param, use func([]byte, chdb.Stats) error) error {
	return c.Exec(query, format, params, use)
}

func (c *fakeConn) Insert(query, _ string, _ []chdb.Param, next func() ([]byte, error)) (chdb.Stats, error) {
	data := ""
	for {
		b, err := next()
		if err != nil {
			return chdb.Stats{}, err
		}
		if len(b) == 0 {
			break
		}
		data += string(b)
	}
	return chdb.Stats{RowsWritten: uint64(len(data))}, c.Exec(query+"|"+data, "", nil, nil)
}

func (c *fakeConn) Classify(query string) (chdb.Class, bool) {
	if c.engine.class != nil {
		return c.engine.class(query)
	}
	return chdb.Class{Statements: 1, ReadOnly: strings.HasPrefix(query, "SELECT")}, true
}

func (c *fakeConn) Close() {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	c.engine.closed++
}

// serve starts a server over a fake engine.
func serve(t *testing.T, f *fakeEngine, edit func(*Options)) *httptest.Server {
	t.Helper()
	o := Options{Connect: f.connect, User: "default", Password: "secret", Spool: t.TempDir()}
	if edit != nil {
		edit(&o)
	}
	s, err := New(o)
	require.NoError(t, err)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		h.Close()
		s.Close()
		opened, closed := f.connections()
		require.Equal(t, opened, closed, "every connection was closed")
	})
	return h
}

type answer struct {
	*http.Response
	body string
}

func ask(t *testing.T, h *httptest.Server, method, path, body string, edit func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequest(method, h.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.SetBasicAuth("default", "secret")
	if edit != nil {
		edit(r)
	}
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var b strings.Builder
	_, _ = io.Copy(&b, response.Body)
	return answer{response, b.String()}
}
