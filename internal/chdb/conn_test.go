//go:build (linux || darwin) && (amd64 || arm64)

package chdb

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/chdb/library"
)

// enginePath is one data directory for the whole test binary: a process opens
// one, and not again after it was closed and shut down.
var enginePath = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "watchllm-chdb-test-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := enginePath(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func connect(t *testing.T) *Conn {
	t.Helper()
	path, err := library.Find("")
	if err != nil {
		if os.Getenv("WATCHLLM_REQUIRE_ENGINE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, Load(path))
	dir, err := enginePath()
	require.NoError(t, err)
	c, err := Connect("--path=" + dir)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func text(t *testing.T, c *Conn, query string, params ...Param) string {
	t.Helper()
	var out string
	require.NoError(t, c.Exec(query, "TSV", params, func(b []byte, _ Stats) error {
		out = string(b)
		return nil
	}))
	return out
}

func TestExecCarriesAnyBytes(t *testing.T) {
	c := connect(t)
	assert.Equal(t, "5\n", text(t, c, "SELECT length('a\x00b\n\n')"))
	assert.Equal(t, "42\n", text(t, c, "SELECT {a:UInt64} + {b:UInt64}", Param{"a", "40"}, Param{"b", "2"}))
	assert.NotEmpty(t, Version())
}

func TestErrorsCarryCodeAndName(t *testing.T) {
	c := connect(t)
	err := c.Exec("SELECT * FROM nowhere", "TSV", nil, nil)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 60, e.Code)
	assert.Equal(t, "UNKNOWN_TABLE", e.Name)
}

func TestStreamComesInChunksAndCanBeBrokenOff(t *testing.T) {
	c := connect(t)
	rows, chunks := 0, 0
	require.NoError(t, c.Stream("SELECT number FROM numbers(300000)", "TSV", nil, func(b []byte, _ Stats) error {
		rows += strings.Count(string(b), "\n")
		chunks++
		return nil
	}))
	assert.Equal(t, 300000, rows)
	assert.Greater(t, chunks, 1)

	enough := fmt.Errorf("enough")
	err := c.Stream("SELECT number FROM numbers(1000000000)", "TSV", nil, func([]byte, Stats) error { return enough })
	require.ErrorIs(t, err, enough)
	assert.Equal(t, "1\n", text(t, c, "SELECT 1"), "the connection serves on")
}

func TestInsertCancelledByItsInputWritesNothing(t *testing.T) {
	c := connect(t)
	require.NoError(t, c.Exec("CREATE DATABASE IF NOT EXISTS d", "Null", nil, nil))
	require.NoError(t, c.Exec("CREATE TABLE d.cancelled (a UInt32) ENGINE = MergeTree ORDER BY a", "Null", nil, nil))
	n := 0
	_, err := c.Insert("INSERT INTO d.cancelled", "TSV", nil, func() ([]byte, error) {
		if n++; n > 3 {
			return nil, fmt.Errorf("cut short")
		}
		return []byte("1\n2\n"), nil
	})
	require.ErrorContains(t, err, "cut short")
	assert.Equal(t, "0\n", text(t, c, "SELECT count() FROM d.cancelled"))
	stats, err := c.Insert("INSERT INTO {t:Identifier}.cancelled", "TSV", []Param{{"t", "d"}}, once("7\n8\n"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, stats.RowsWritten)
}

func once(data string) func() ([]byte, error) {
	return func() ([]byte, error) {
		b := []byte(data)
		data = ""
		return b, nil
	}
}

func TestConnectionsRunAtOnce(t *testing.T) {
	connect(t)
	dir, err := enginePath()
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := Connect("--path=" + dir)
			if !assert.NoError(t, err) {
				return
			}
			defer c.Close()
			for i := range 30 {
				want := fmt.Sprint(i, "\n")
				err := c.Exec("SELECT {n:UInt64}", "TSV", []Param{{"n", fmt.Sprint(i)}}, func(b []byte, _ Stats) error {
					assert.Equal(t, want, string(b))
					return nil
				})
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
}

func TestClosedConnectionSaysSo(t *testing.T) {
	connect(t)
	dir, err := enginePath()
	require.NoError(t, err)
	c, err := Connect("--path=" + dir)
	require.NoError(t, err)
	c.Close()
	c.Close()
	require.ErrorIs(t, c.Exec("SELECT 1", "TSV", nil, nil), ErrClosed)
	require.ErrorIs(t, c.Stream("SELECT 1", "TSV", nil, nil), ErrClosed)
	_, err = c.Insert("INSERT INTO t", "TSV", nil, once(""))
	require.ErrorIs(t, err, ErrClosed)
	_, parsed := c.Classify("SELECT 1")
	assert.False(t, parsed)
}

// The engine takes the handlers of deadly signals unless it is told not to, and
// a nil dereference that Go recovers from would hang the process.
func TestGoKeepsItsSignalHandlers(t *testing.T) {
	connect(t)
	for range 1000 {
		func() {
			defer func() { assert.NotNil(t, recover()) }()
			for _, c := range []*Class{nil} {
				_ = *c
			}
			t.Error("a nil dereference went through")
		}()
	}
}

func TestSecondPathIsRefused(t *testing.T) {
	connect(t)
	_, err := Connect("--path=" + t.TempDir())
	require.Error(t, err)
}

func TestClassify(t *testing.T) {
	c := connect(t)
	for query, want := range map[string]Class{
		"SELECT 1":                           {Statements: 1, ReadOnly: true},
		"SELECT 1; SELECT 2":                 {Statements: 2, ReadOnly: true},
		"DROP TABLE t":                       {Statements: 1},
		"SELECT $$'$$ INTO OUTFILE '/tmp/x'": {Statements: 1, Control: true},
		"SET a = 1":                          {Statements: 1, Control: true},
	} {
		got, ok := c.Classify(query)
		assert.True(t, ok, query)
		assert.Equal(t, want, got, query)
	}
	_, ok := c.Classify("SELECT (")
	assert.False(t, ok)
}
