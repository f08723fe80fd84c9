//go:build unix

package chdb_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/engineproc"
	"github.com/watchllm/watchllm/internal/testkit"
)

// An error after compressed frames goes out as plain bytes, or the driver does
// not find it.
func TestTrap11ErrorInMidStream(t *testing.T) {
	e, db := engine(t)
	for name, compression := range map[string]*clickhouse.Compression{
		"none": nil, "lz4": {Method: clickhouse.CompressionLZ4}, "zstd": {Method: clickhouse.CompressionZSTD}, "gzip": {Method: clickhouse.CompressionGZIP, Level: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, e, db, func(o *clickhouse.Options) { o.Compression = compression })
			ctx := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 10000}))
			rows, err := c.Query(ctx, "SELECT number, throwIf(number = 900000, 'midway') FROM numbers(1000000)")
			require.NoError(t, err)
			n := 0
			for rows.Next() {
				n++
			}
			require.ErrorContains(t, rows.Err(), "midway")
			assert.Positive(t, n)
			assert.Less(t, n, 900001)
		})
	}
	body, status := post(t, e, url.Values{"compress": {"1"}, "max_block_size": {"10000"}, "default_format": {"RowBinary"}},
		strings.NewReader("SELECT number, throwIf(number = 900000, 'midway') FROM numbers(1000000)"), nil)
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, string(body[len(body)-500:]), "__exception__")
	assert.Contains(t, string(body[len(body)-500:]), "Code: 395.")

	// Held back, the same error still makes the status.
	body, status = post(t, e, url.Values{"wait_end_of_query": {"1"}, "max_block_size": {"10000"}},
		strings.NewReader("SELECT number, throwIf(number = 900000, 'midway') FROM numbers(1000000)"), nil)
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.Contains(t, string(body), "Code: 395.")
}

// An insert costs 55 ms of CPU before its first row, so a batch must stay one
// insert: the chunks it is handed over in must not become parts.
func TestTrap12OneBatchIsOneInsert(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (day Date, s String) ENGINE = MergeTree PARTITION BY day ORDER BY s")
	must(t, e, "SYSTEM STOP MERGES "+db+".t")
	var rows strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&rows, "2026-01-0%d\t%s\n", i%2+1, strings.Repeat(fmt.Sprint(i), 400))
	}
	require.Greater(t, rows.Len(), 8<<20)
	_, status := post(t, e, url.Values{"query": {"INSERT INTO " + db + ".t FORMAT TSV"}}, strings.NewReader(rows.String()), nil)
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, "10000\t2\n", must(t, e, "SELECT sum(rows), count() FROM system.parts WHERE active AND database = '"+db+"' AND table = 't'"))
}

// A lightweight DELETE on a table with projections needs a setting; a mutation
// does not.
func TestTrap13DeleteWithProjections(t *testing.T) {
	e, db := engine(t)
	must(t, e, "CREATE TABLE "+db+".t (a UInt64, PROJECTION p (SELECT count() GROUP BY a)) ENGINE = MergeTree ORDER BY a")
	must(t, e, "INSERT INTO "+db+".t SELECT number FROM numbers(10)")
	_, err := e.Query("DELETE FROM " + db + ".t WHERE a = 1")
	require.ErrorContains(t, err, "lightweight_mutation_projection_mode")
	must(t, e, "ALTER TABLE "+db+".t DELETE WHERE a = 1 SETTINGS mutations_sync = 1")
	must(t, e, "ALTER TABLE "+db+".t MODIFY SETTING lightweight_mutation_projection_mode = 'drop'")
	must(t, e, "DELETE FROM "+db+".t WHERE a = 2")
	assert.Equal(t, "8\n", must(t, e, "SELECT count() FROM "+db+".t"))
}

// The client's query_id does not reach the engine; a client that leaves ends its
// statement all the same.
func TestTrap14CancelWithoutQueryID(t *testing.T) {
	e, db := engine(t)
	r, err := http.NewRequest(http.MethodPost, e.Endpoint+"/?query_id=mine", strings.NewReader("SELECT 1"))
	require.NoError(t, err)
	r.SetBasicAuth(e.Username, e.Password)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, "mine", response.Header.Get("X-Clickhouse-Query-Id"))

	mark := db + "_slow"
	running := func() string {
		return must(t, e, "SELECT count() FROM system.processes WHERE position(query, '"+mark+"') > 0 AND position(query, 'system.processes') = 0")
	}
	c := open(t, e, db, nil)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		failed <- c.QueryRow(ctx, "SELECT sum(sleepEachRow(0.1)) AS "+mark+" FROM numbers(3000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0").Err()
	}()
	require.Eventually(t, func() bool { return running() == "1\n" }, 10*time.Second, 20*time.Millisecond)
	cancel()
	require.Error(t, <-failed)
	require.Eventually(t, func() bool { return running() == "0\n" }, 5*time.Second, 20*time.Millisecond)

	// An INSERT SELECT ends in the same way and leaves nothing.
	must(t, e, "CREATE TABLE "+db+".t (a UInt64) ENGINE = MergeTree ORDER BY a")
	ctx, cancel = context.WithCancel(t.Context())
	go func() {
		failed <- c.Exec(ctx, "INSERT INTO t SELECT number AS "+mark+" FROM numbers(3000) WHERE sleepEachRow(0.1) = 0 SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0")
	}()
	require.Eventually(t, func() bool { return running() == "1\n" }, 10*time.Second, 20*time.Millisecond)
	cancel()
	require.Error(t, <-failed)
	require.Eventually(t, func() bool { return running() == "0\n" }, 5*time.Second, 20*time.Millisecond)
	assert.Equal(t, "0\n", must(t, e, "SELECT count() FROM "+db+".t"))
}

// clickhouse-go turns a deadline into max_execution_time, so settings differ
// from request to request on the same connection.
func TestTrap15SettingsBelongToTheirRequest(t *testing.T) {
	e := testkit.StartPrivateEngine(t, engineproc.Options{Connections: 1})
	ask := func(parameters url.Values) string {
		body, status := post(t, e, parameters, strings.NewReader("SELECT getSetting('max_execution_time'), getSetting('max_threads') = 3, currentDatabase()"), nil)
		require.Equal(t, http.StatusOK, status, string(body))
		return string(body)
	}
	const cap = "300\t0\twatchllm\n"
	assert.Equal(t, cap, ask(nil))
	assert.Equal(t, "7\t1\tsystem\n", ask(url.Values{"max_execution_time": {"7"}, "max_threads": {"3"}, "database": {"system"}}))
	assert.Equal(t, cap, ask(nil), "nothing is left of the request before")
	assert.Equal(t, cap, ask(url.Values{"max_execution_time": {"100000"}}), "the cap is not refused but kept")
	assert.Equal(t, cap, ask(url.Values{"max_execution_time": {"0"}}))
	must(t, e, "SET max_threads = 3")
	must(t, e, "USE system")
	must(t, e, "CREATE TEMPORARY TABLE tmp (a UInt8)")
	assert.Equal(t, cap, ask(nil), "nor of a statement about the session")
	assert.Equal(t, "1\t0\twatchllm\n", ask(url.Values{"readonly": {"1"}, "max_execution_time": {"1"}}))
	assert.Equal(t, cap, ask(nil), "nor of one that may not be undone")
	_, err := e.Query("SELECT * FROM tmp")
	require.Error(t, err)

	c := open(t, e, "watchllm", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seconds float64
	require.NoError(t, c.QueryRow(ctx, "SELECT toFloat64(getSetting('max_execution_time'))").Scan(&seconds))
	assert.Greater(t, seconds, 10.0)
	assert.Less(t, seconds, 30.0)
}

// The engine's shutdown reports failure when tables had been loaded from disk,
// although everything closed well.
func TestTrap16ShutdownAfterReopening(t *testing.T) {
	e := testkit.StartPrivateEngine(t)
	must(t, e, "CREATE TABLE watchllm.t (a UInt64) ENGINE = MergeTree ORDER BY a")
	must(t, e, "INSERT INTO watchllm.t SELECT number FROM numbers(1000)")
	for range 3 {
		began := time.Now()
		require.NoError(t, e.Stop())
		assert.Less(t, time.Since(began), 15*time.Second)
		assert.Contains(t, e.Log(), "closed")
		require.NoError(t, e.Restart())
		assert.Equal(t, "1000\n", must(t, e, "SELECT count() FROM watchllm.t"))
	}
}

// Every connection must spell the path alike, and the engine raises the limit of
// open files.
func TestTrap17PathIsSpelledOnce(t *testing.T) {
	t.Setenv("WATCHLLM_ENGINE_BIN", engineBinary(t))
	t.Chdir(t.TempDir())
	e := testkit.StartPrivateEngine(t, engineproc.Options{Path: "./a/../b//", PasswordFile: "pass"})
	var rows []chan error
	for range 6 {
		done := make(chan error, 1)
		rows = append(rows, done)
		go func() {
			_, err := e.Query("SELECT sleep(0.3)")
			done <- err
		}()
	}
	for _, done := range rows {
		require.NoError(t, <-done)
	}
	assert.DirExists(t, "b/data/metadata")
	assert.NoDirExists(t, "b/b")
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", e.Pid()))
	if err != nil {
		t.Skip("this system does not tell limits")
	}
	for _, line := range strings.Split(string(limits), "\n") {
		if f := strings.Fields(line); strings.HasPrefix(line, "Max open files") {
			assert.Equal(t, f[4], f[3], "soft limit is the hard one")
		}
	}
}

// The engine has a process group of its own, goes first when memory runs out,
// and does not outlive its parent.
func TestTrap18OwnProcess(t *testing.T) {
	binary := engineBinary(t)
	dir := t.TempDir()
	p, err := engineproc.Start(binary, engineproc.Options{Path: filepath.Join(dir, "d"), Listen: "127.0.0.1:0"}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ready, err := p.Wait(ctx)
	require.NoError(t, err)
	assert.NotEmpty(t, ready.Engine)
	group, err := syscall.Getpgid(p.Pid())
	require.NoError(t, err)
	assert.Equal(t, p.Pid(), group)
	if score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", p.Pid())); err == nil {
		assert.Equal(t, "500\n", string(score))
	}
	began := time.Now()
	require.NoError(t, p.Stop(20*time.Second), "its stdin is closed, as when the parent is killed")
	assert.Less(t, time.Since(began), 10*time.Second)
	_, err = os.Stat(filepath.Join(dir, "d", "data", "status"))
	assert.ErrorIs(t, err, os.ErrNotExist, "a clean close takes the engine's lock away")
}

// system.query_log and asynchronous_metrics are absent; what an own metrics
// endpoint asks for is there.
func TestTrap19SystemTables(t *testing.T) {
	e, _ := engine(t)
	assert.Equal(t, "0\n", must(t, e, "SELECT count() FROM system.tables WHERE database = 'system' AND name IN ('query_log', 'trace_log')"))
	for query, least := range map[string]string{
		"SELECT count() > 50 FROM system.metrics":                              "true",
		"SELECT value > 0 FROM system.metrics WHERE metric = 'MemoryTracking'": "1",
		"SELECT count() >= 0 FROM system.parts":                                "true",
		"SELECT count() >= 1 FROM system.processes":                            "true",
		"SELECT count() >= 0 FROM system.errors":                               "true",
		"SELECT count() >= 1 FROM system.events":                               "true",
		"SELECT count() >= 1 FROM system.disks":                                "true",
		"SELECT count() >= 0 FROM system.merges":                               "true",
		"SELECT count() >= 0 FROM system.mutations":                            "true",
		"SELECT count() >= 0 FROM system.detached_parts":                       "true",
	} {
		out := strings.TrimSpace(must(t, e, query))
		assert.True(t, out == least || out == "1", "%s: %s", query, out)
	}
}

// What is set in a session stays in it.
func TestSessions(t *testing.T) {
	e, db := engine(t)
	id := url.Values{"session_id": {db}, "database": {db}}
	say := func(more url.Values, query string) (string, int) {
		parameters := url.Values{}
		for _, v := range []url.Values{id, more} {
			for name, values := range v {
				parameters[name] = values
			}
		}
		body, status := post(t, e, parameters, bytes.NewReader([]byte(query)), nil)
		return string(body), status
	}
	_, status := say(url.Values{"session_check": {"1"}}, "SELECT 1")
	assert.Equal(t, http.StatusNotFound, status)
	_, status = say(nil, "CREATE TEMPORARY TABLE tmp (a UInt8)")
	require.Equal(t, http.StatusOK, status)
	_, status = say(nil, "INSERT INTO tmp VALUES (5)")
	require.Equal(t, http.StatusOK, status)
	out, status := say(url.Values{"session_check": {"1"}}, "SELECT a FROM tmp")
	assert.Equal(t, "5\n", out)
	assert.Equal(t, http.StatusOK, status)
	say(nil, "SET max_threads = 2")
	out, _ = say(nil, "SELECT getSetting('max_threads')")
	assert.Equal(t, "2\n", out)
	say(url.Values{"close_session": {"1"}}, "SELECT 1")
	_, status = say(url.Values{"session_check": {"1"}}, "SELECT 1")
	assert.Equal(t, http.StatusNotFound, status)
	_, status = say(url.Values{"session_timeout": {"1"}}, "SELECT 1")
	require.Equal(t, http.StatusOK, status)
	require.Eventually(t, func() bool {
		_, status := say(url.Values{"session_check": {"1"}, "session_timeout": {"1"}}, "SELECT 1")
		return status == http.StatusNotFound
	}, 10*time.Second, 1200*time.Millisecond)
}
