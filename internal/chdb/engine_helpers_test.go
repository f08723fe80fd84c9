//go:build unix

package chdb_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/testkit"
)

func open(t *testing.T, e *testkit.Engine, db string, edit func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	o := &clickhouse.Options{
		Addr: []string{e.Addr()}, Protocol: clickhouse.HTTP,
		Auth:        clickhouse.Auth{Database: db, Username: e.Username, Password: e.Password},
		ReadTimeout: time.Minute,
	}
	if edit != nil {
		edit(o)
	}
	c, err := clickhouse.Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func engine(t *testing.T) (*testkit.Engine, string) {
	t.Helper()
	e := testkit.StartEngine(t)
	return e, e.Database(t)
}

func engineBinary(t *testing.T) string {
	t.Helper()
	testkit.StartEngine(t) // skips without the library
	path, err := testkit.EngineBinary()
	require.NoError(t, err)
	return path
}

func must(t *testing.T, e *testkit.Engine, query string) string {
	t.Helper()
	out, err := e.Query(query)
	require.NoError(t, err, query)
	return out
}

func post(t *testing.T, e *testkit.Engine, parameters url.Values, body io.Reader, header http.Header) ([]byte, int) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, e.Endpoint+"/?"+parameters.Encode(), body)
	require.NoError(t, err)
	for name, values := range header {
		r.Header[name] = values
	}
	r.SetBasicAuth(e.Username, e.Password)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return content, response.StatusCode
}

// sendHalf announces a body and hangs up in the middle of it.
func sendHalf(e *testkit.Engine, statement, text string) (int, error) {
	half, end := io.Pipe()
	go func() {
		_, _ = io.WriteString(end, text[:len(text)/2])
		_ = end.CloseWithError(fmt.Errorf("the client breaks off"))
	}()
	r, err := http.NewRequest(http.MethodPost, e.Endpoint+"/?query="+url.QueryEscape(statement), half)
	if err != nil {
		return 0, err
	}
	r.ContentLength = int64(len(text))
	r.SetBasicAuth(e.Username, e.Password)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
}
