package chhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb"
)

func TestOptionsAskForAPassword(t *testing.T) {
	f := &fakeEngine{}
	_, err := New(Options{Connect: f.connect, User: "default"})
	require.ErrorContains(t, err, "password")
	_, err = New(Options{User: "default", Password: "x"})
	require.ErrorContains(t, err, "Connect")
	_, err = New(Options{User: "u", Password: "p", Connect: func() (Conn, error) { return nil, errors.New("no engine") }})
	require.ErrorContains(t, err, "no engine")
}

func TestPaths(t *testing.T) {
	h := serve(t, &fakeEngine{}, nil)
	anonymous := func(r *http.Request) { r.Header.Del("Authorization") }
	for _, path := range []string{"/ping", "/replicas_status"} {
		got := ask(t, h, http.MethodGet, path, "", anonymous)
		assert.Equal(t, "Ok.\n", got.body)
	}
	assert.Equal(t, http.StatusNotFound, ask(t, h, http.MethodGet, "/play", "", nil).StatusCode)
	assert.Equal(t, http.StatusForbidden, ask(t, h, http.MethodGet, "/", "", anonymous).StatusCode)
	assert.Equal(t, "Ok.\n", ask(t, h, http.MethodGet, "/", "", nil).body)
	got := ask(t, h, http.MethodDelete, "/?query=SELECT+1", "", nil)
	assert.Equal(t, http.StatusNotImplemented, got.StatusCode)
}

func TestRefusalTellsNothingOfTheEngine(t *testing.T) {
	h := serve(t, &fakeEngine{}, nil)
	got := ask(t, h, http.MethodPost, "/", "SELECT 1", func(r *http.Request) { r.SetBasicAuth("default", "wrong") })
	assert.Equal(t, http.StatusForbidden, got.StatusCode)
	assert.Equal(t, "516", got.Header.Get("X-ClickHouse-Exception-Code"))
	assert.NotContains(t, got.body, "26.7")
	assert.Empty(t, got.Header.Get("X-ClickHouse-Server-Display-Name"))
	assert.Empty(t, got.Header.Get("WWW-Authenticate"), "a browser must not ask its user")
	assert.Empty(t, got.Header.Get("Access-Control-Allow-Origin"))
}

func TestGetIsReadOnly(t *testing.T) {
	f := &fakeEngine{}
	h := serve(t, f, nil)
	for _, query := range []string{"DROP TABLE t", "INSERT INTO t VALUES (1)", "SET a = 1", "SELECT ("} {
		f.class = func(q string) (chdb.Class, bool) { return chdb.Class{Statements: 1}, q != "SELECT (" }
		got := ask(t, h, http.MethodGet, "/?query="+url.QueryEscape(query), "", nil)
		assert.Equal(t, http.StatusForbidden, got.StatusCode, query)
		assert.Equal(t, "164", got.Header.Get("X-ClickHouse-Exception-Code"))
	}
	f.class = nil
	got := ask(t, h, http.MethodGet, "/?param_a=1&max_threads=2&query="+url.QueryEscape("SELECT {a:UInt8}"), "", nil)
	assert.Equal(t, http.StatusOK, got.StatusCode, "parameters and settings may come with it")
	assert.Equal(t, 1, f.count("`max_threads` = '2'"))
	assert.Equal(t, 0, f.count("DROP"))
}

func TestLimitsAreKeptBelowTheCaps(t *testing.T) {
	f := &fakeEngine{}
	h := serve(t, f, func(o *Options) {
		o.Limits = Limits{Time: 90 * time.Second, Memory: 1000, ResultBytes: 50}
	})
	set := func(parameters string) string {
		before := len(f.statements())
		ask(t, h, http.MethodPost, "/?"+parameters, "SELECT 1", nil)
		return strings.Join(f.statements()[before:], "\n")
	}
	assert.Contains(t, set(""), "SET `max_execution_time` = '90', `max_memory_usage` = '1000', `max_result_bytes` = '50'")
	assert.NotContains(t, set(""), "SET", "nothing differs")
	assert.Contains(t, set("max_execution_time=30"), "SET `max_execution_time` = '30'")
	assert.Contains(t, set("max_execution_time=0&max_memory_usage=100000"), "SET `max_execution_time` = '90'")
	assert.Contains(t, set("max_execution_time=0.5"), "SET `max_execution_time` = '0.5'")
	assert.Contains(t, set("max_execution_time=junk"), "SET `max_execution_time` = 'junk'", "the engine says what is wrong")
}

func TestWaitingForATurnIsBounded(t *testing.T) {
	hold := make(chan struct{})
	running := make(chan struct{}, 10)
	f := &fakeEngine{answer: func(query string, _ func([]byte) error) error {
		if strings.HasPrefix(query, "SELECT") {
			running <- struct{}{}
			<-hold
		}
		return nil
	}}
	h := serve(t, f, func(o *Options) { o.Connections, o.Wait = 2, 20*time.Millisecond })
	done := make(chan int, 2)
	for range 2 {
		go func() { done <- ask(t, h, http.MethodPost, "/", "SELECT 1", nil).StatusCode }()
		<-running
	}
	for _, path := range []string{"/", "/?session_id=s"} {
		got := ask(t, h, http.MethodPost, path, "SELECT 2", nil)
		assert.Equal(t, http.StatusServiceUnavailable, got.StatusCode)
		assert.Equal(t, "202", got.Header.Get("X-ClickHouse-Exception-Code"))
		assert.Equal(t, "1", got.Header.Get("Retry-After"))
	}
	close(hold)
	assert.Equal(t, http.StatusOK, <-done)
	assert.Equal(t, http.StatusOK, <-done)
	assert.Equal(t, http.StatusOK, ask(t, h, http.MethodPost, "/", "SELECT 3", nil).StatusCode)
}

// A statement may reach the engine's list only after the first attempt.
func TestLeavingCancelsUntilTheStatementEnds(t *testing.T) {
	var kills atomic.Int64
	killed := make(chan struct{})
	started := make(chan struct{})
	var mark atomic.Value
	f := &fakeEngine{}
	f.answer = func(query string, _ func([]byte) error) error {
		if strings.HasPrefix(query, "KILL QUERY") {
			assert.Contains(t, query, mark.Load())
			if kills.Add(1) == 3 {
				close(killed)
			}
			return nil
		}
		mark.Store(query[strings.Index(query, "/*rq:"):])
		close(started)
		<-killed
		return errors.New("cancelled")
	}
	h := serve(t, f, nil)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, strings.NewReader("SELECT 1"))
	require.NoError(t, err)
	r.SetBasicAuth("default", "secret")
	go func() {
		<-started
		cancel()
	}()
	_, err = http.DefaultClient.Do(r)
	require.ErrorIs(t, err, context.Canceled)
	<-killed
}

func TestStatementsThatNeverReachTheEngine(t *testing.T) {
	f := &fakeEngine{class: func(q string) (chdb.Class, bool) {
		return chdb.Class{Statements: 1 + strings.Count(q, "§"), Control: strings.Contains(q, "hidden")}, true
	}}
	h := serve(t, f, func(o *Options) { o.MaxStatement = 1000 })
	for query, code := range map[string]string{
		"": "62", "; ;": "62", "-- nothing": "62", "exit": "62", "SELECT 1; SELECT 2": "62", "SELECT 1 § SELECT 2": "62",
		"SELECT 1 INTO OUTFILE 'x'": "344", "SELECT hidden": "344", "SELECT file('x')": "497",
		"SELECT '" + strings.Repeat("x", 2000) + "'": "307",
	} {
		got := ask(t, h, http.MethodPost, "/", query, nil)
		assert.Equal(t, code, got.Header.Get("X-ClickHouse-Exception-Code"), "%.40q", query)
		assert.GreaterOrEqual(t, got.StatusCode, 400)
	}
	assert.Equal(t, 0, f.count("SELECT"))
	big := strings.Repeat("(1),", 1<<20)
	assert.Equal(t, http.StatusOK, ask(t, h, http.MethodPost, "/", "INSERT INTO t VALUES "+big, nil).StatusCode, "data has no such limit")
	assert.Equal(t, "501 Not Implemented", ask(t, h, http.MethodPost, "/?role=r", "SELECT 1", nil).Status)
	assert.Equal(t, "501 Not Implemented", ask(t, h, http.MethodPost, "/", "SELECT 1", func(r *http.Request) {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	}).Status)
}

func TestInsertData(t *testing.T) {
	for name, c := range map[string]struct{ query, body, want string }{
		"body":            {"", "INSERT INTO t FORMAT CSV\n1,2\n", "INSERT INTO t |1,2\n"},
		"parameter":       {"INSERT INTO t FORMAT CSV", "1,2\n", "INSERT INTO t |1,2\n"},
		"both":            {"INSERT INTO t VALUES (1),", "(2)", "INSERT INTO t | (1),\n(2)"},
		"text in both":    {"INSERT INTO t", "FORMAT CSV\n1\n", "INSERT INTO t\n|1\n"},
		"nothing":         {"INSERT INTO t FORMAT CSV", "", "INSERT INTO t |"},
		"long head":       {"", "INSERT INTO t (" + strings.Repeat("aaaaaaaa, ", 9000) + "b) FORMAT CSV\n1", "INSERT INTO t (" + strings.Repeat("aaaaaaaa, ", 9000) + "b) |1"},
		"more than once":  {"INSERT INTO t FORMAT CSV", strings.Repeat("1\n", 1<<20), "INSERT INTO t |" + strings.Repeat("1\n", 1<<20)},
		"body and a line": {"", "INSERT INTO t FORMAT CSV\n\n1\n", "INSERT INTO t |\n1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeEngine{}
			h := serve(t, f, nil)
			got := ask(t, h, http.MethodPost, "/?query="+url.QueryEscape(c.query), c.body, nil)
			require.Equal(t, http.StatusOK, got.StatusCode, got.body)
			last := f.statements()[len(f.statements())-1]
			assert.Equal(t, c.want, markerPattern.ReplaceAllString(last, ""))
			assert.Contains(t, got.Header.Get("X-ClickHouse-Summary"), `"written_rows":"`)
		})
	}
}

func TestErrorsBeforeAndAfterTheFirstBytes(t *testing.T) {
	rows := 0
	f := &fakeEngine{answer: func(query string, use func([]byte) error) error {
		if !strings.HasPrefix(query, "SELECT") {
			return nil
		}
		for range rows {
			if err := use([]byte(strings.Repeat("x", 1024))); err != nil {
				return err
			}
		}
		return chdb.NewError("Code: 395. DB::Exception: boo (in " + query + "). (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)")
	}}
	h := serve(t, f, nil)
	rows = 3
	got := ask(t, h, http.MethodPost, "/?default_format=JSON", "SELECT 1", nil)
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode, "few bytes were held back")
	assert.Equal(t, "395", got.Header.Get("X-ClickHouse-Exception-Code"))
	assert.Equal(t, "Code: 395. DB::Exception: boo (in SELECT 1). (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 26.7.2.1)\n", got.body, "without the mark")

	rows = 100
	got = ask(t, h, http.MethodPost, "/", "SELECT 1", nil)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	tag := got.Header.Get("X-ClickHouse-Exception-Tag")
	require.NotEmpty(t, tag)
	assert.Contains(t, got.body, "\r\n__exception__\r\n"+tag+"\r\nCode: 395.")
	assert.True(t, strings.HasSuffix(got.body, " "+tag+"\r\n__exception__\r\n"))

	got = ask(t, h, http.MethodPost, "/?buffer_size=1000000", "SELECT 1", nil)
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
	got = ask(t, h, http.MethodPost, "/?buffer_size=0", "SELECT 1", nil)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	rows = 10000
	got = ask(t, h, http.MethodPost, "/?wait_end_of_query=1", "SELECT 1", nil)
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
}

func TestWaitEndOfQueryGivesTheLength(t *testing.T) {
	spool := t.TempDir()
	f := &fakeEngine{answer: func(query string, use func([]byte) error) error {
		for i := range 10000 {
			if err := use([]byte(fmt.Sprintf("%01000d\n", i))); err != nil {
				return err
			}
		}
		return nil
	}}
	h := serve(t, f, func(o *Options) { o.Spool = spool })
	got := ask(t, h, http.MethodPost, "/?wait_end_of_query=1", "SELECT 1", nil)
	assert.Equal(t, strconv.Itoa(len(got.body)), got.Header.Get("Content-Length"))
	assert.Len(t, got.body, 10000*1001)
	assert.True(t, strings.HasSuffix(got.body, "9999\n"))
	entries, err := os.ReadDir(spool)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing is left in the folder")
}

func TestContentCodings(t *testing.T) {
	f := &fakeEngine{answer: func(query string, use func([]byte) error) error {
		return use([]byte(strings.Repeat("result ", 1000)))
	}}
	h := serve(t, f, nil)
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "lz4"} {
		got := ask(t, h, http.MethodPost, "/?enable_http_compression=1", "SELECT 1", func(r *http.Request) { r.Header.Set("Accept-Encoding", "junk, "+coding+";q=1") })
		assert.Equal(t, coding, got.Header.Get("Content-Encoding"))
		assert.Less(t, len(got.body), 1000)
		got = ask(t, h, http.MethodPost, "/", "SELECT 1", func(r *http.Request) { r.Header.Set("Accept-Encoding", coding) })
		assert.Empty(t, got.Header.Get("Content-Encoding"), "only when it is switched on")
		got = ask(t, h, http.MethodPost, "/", "INSERT INTO t FORMAT CSV\n1", func(r *http.Request) { r.Header.Set("Content-Encoding", coding) })
		assert.GreaterOrEqual(t, got.StatusCode, 400, "what is not in the coding is refused")
	}
	got := ask(t, h, http.MethodPost, "/", "SELECT 1", func(r *http.Request) { r.Header.Set("Content-Encoding", "snappy") })
	assert.Contains(t, got.body, "unknown Content-Encoding")
}

func TestSessionLocks(t *testing.T) {
	hold, running := make(chan struct{}), make(chan struct{})
	f := &fakeEngine{answer: func(query string, _ func([]byte) error) error {
		if strings.HasPrefix(query, "SELECT 'slow'") {
			close(running)
			<-hold
		}
		return nil
	}}
	h := serve(t, f, func(o *Options) { o.Sessions = 1 })
	done := make(chan int)
	go func() { done <- ask(t, h, http.MethodPost, "/?session_id=a", "SELECT 'slow'", nil).StatusCode }()
	<-running
	got := ask(t, h, http.MethodPost, "/?session_id=a", "SELECT 1", nil)
	assert.Equal(t, "373", got.Header.Get("X-ClickHouse-Exception-Code"))
	got = ask(t, h, http.MethodPost, "/?session_id=b", "SELECT 1", nil)
	assert.Equal(t, "202", got.Header.Get("X-ClickHouse-Exception-Code"), "one session more than allowed")
	close(hold)
	assert.Equal(t, http.StatusOK, <-done)
	got = ask(t, h, http.MethodPost, "/?session_id=a&session_timeout=0", "SELECT 1", nil)
	assert.Equal(t, http.StatusBadRequest, got.StatusCode)
}

func TestConnectionsAreReusedAndSpentOnesClosed(t *testing.T) {
	f := &fakeEngine{}
	h := serve(t, f, nil)
	for range 5 {
		ask(t, h, http.MethodPost, "/", "SELECT 1", nil)
	}
	opened, closed := f.connections()
	assert.Equal(t, 2, opened, "one for control, one for statements")
	assert.Equal(t, 0, closed)
	ask(t, h, http.MethodPost, "/", "SET a = 1", nil)
	ask(t, h, http.MethodPost, "/?readonly=1", "SELECT 1", nil)
	_, closed = f.connections()
	assert.Equal(t, 2, closed)
}
