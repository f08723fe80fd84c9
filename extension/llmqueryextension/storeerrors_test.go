package llmqueryextension

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

func TestErrorsOfTheStore(t *testing.T) {
	exception := func(code int32) error {
		return fmt.Errorf("sendQuery: %w", &clickhousego.HTTPError{StatusCode: 500, Err: &clickhousego.Exception{
			Code: code, Message: "DB::Exception: secret SELECT at host-7",
		}})
	}
	for name, c := range map[string]struct {
		err     error
		status  int
		outcome string
	}{
		"timeout":          {exception(159), 504, outcomeTimeout},
		"too slow":         {exception(160), 504, outcomeTimeout},
		"killed":           {exception(394), 504, outcomeTimeout},
		"too many rows":    {exception(158), 422, outcomeTooLarge},
		"too many bytes":   {exception(307), 422, outcomeTooLarge},
		"memory":           {exception(241), 422, outcomeTooLarge},
		"busy":             {exception(202), 503, outcomeUnavailable},
		"no table":         {exception(60), 503, outcomeUnavailable},
		"no database":      {exception(81), 503, outcomeUnavailable},
		"no column":        {exception(47), 503, outcomeUnavailable},
		"password":         {exception(516), 503, outcomeUnavailable},
		"grants":           {exception(497), 503, outcomeUnavailable},
		"behind":           {exception(210), 503, outcomeUnavailable},
		"our own mistake":  {exception(62), 500, outcomeError},
		"refused":          {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, 503, outcomeUnavailable},
		"cut":              {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), 503, outcomeUnavailable},
		"proxy":            {&clickhousego.HTTPError{StatusCode: 502, Err: errors.New("<html>")}, 503, outcomeUnavailable},
		"pool":             {clickhousego.ErrAcquireConnTimeout, 503, outcomeUnavailable},
		"no password file": {fmt.Errorf("password_file: %w", fs.ErrNotExist), 503, outcomeUnavailable},
		"unknown":          {errors.New("secret converting String to uint64 is unsupported"), 500, outcomeError},
	} {
		t.Run(name, func(t *testing.T) {
			var observed error
			a := newTestAPI(t, &fakeConn{err: c.err}, noTarget)
			a.store.observe = func(err error) { observed = err }
			rec := ask(t, a, "shop", "/api/v1/stats/overview")
			require.Equal(t, c.status, rec.Code)
			require.Equal(t, c.outcome, outcomeOf(observed))
			require.Equal(t, c.status == http.StatusServiceUnavailable, rec.Header().Get("Retry-After") != "")
			for _, inside := range []string{"secret", "SELECT", "host-7", "Exception", "dial", "html", "llm_spans"} {
				require.NotContains(t, rec.Body.String(), inside)
			}
		})
	}
}

func TestStoreThatAnswersNothing(t *testing.T) {
	conn := &fakeConn{wait: true}
	a := newTestAPI(t, conn, noTarget)
	a.store.patience = time.Millisecond
	require.Equal(t, http.StatusGatewayTimeout, ask(t, a, "shop", "/api/v1/stats/overview").Code)
}

func TestClientThatLeaves(t *testing.T) {
	conn := &fakeConn{wait: true}
	a := newTestAPI(t, conn, noTarget)
	var observed error
	a.store.observe = func(err error) { observed = err }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequest(http.MethodGet, "/api/v1/stats/overview", nil).WithContext(ctx)
	req.Header.Set("X-API-Key", "shop")
	rec := httptest.NewRecorder()
	a.handler().ServeHTTP(rec, req)
	require.Equal(t, outcomeCanceled, outcomeOf(observed))
	require.Empty(t, rec.Body.String())
}

func TestLimitsReachTheStore(t *testing.T) {
	s := newTestStore(t)
	var spans []testSpan
	for i := range 3000 {
		spans = append(spans, call(i, i, testNow.Add(-time.Hour+time.Duration(i)*time.Millisecond), time.Second))
	}
	s.insert(t, spans...)
	limited := func(change func(*LimitsConfig)) *api {
		return newTestAPI(t, s.conn, s.config.Target(), func(a *api) { change(&a.limits) })
	}
	a := limited(func(l *LimitsConfig) { l.MaxRowsToRead = 10 })
	require.Equal(t, detailTooLarge, refused(t, a, "shop", "/api/v1/stats/overview", http.StatusUnprocessableEntity).Detail)
	a = limited(func(l *LimitsConfig) { l.MaxMemoryBytes = 100_000 })
	require.Equal(t, detailTooMemory, refused(t, a, "shop", "/api/v1/traces", http.StatusUnprocessableEntity).Detail)
	a = limited(func(l *LimitsConfig) { l.MaxRowsToRead, l.MaxMemoryBytes = 0, 0 })
	require.EqualValues(t, 3000, body[overview](t, a, "shop", "/api/v1/stats/overview").Calls)
}

func TestStoreWithoutSchema(t *testing.T) {
	s := newTestStore(t)
	require.NoError(t, s.conn.Exec(t.Context(), "DROP TABLE "+clickhouse.TableMigrations))
	a := newTestAPI(t, s.conn, s.config.Target())
	rec := ask(t, a, "", "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, rec.Code)
	require.Contains(t, rec.Body.String(), reasonSchemaMissing)
	require.NoError(t, s.conn.Exec(t.Context(), "DROP TABLE "+clickhouse.TableSpans))
	require.Equal(t, detailSchema, refused(t, a, "shop", "/api/v1/stats/overview", http.StatusServiceUnavailable).Detail)
}

func TestStoreThatIsAway(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	for _, scheme := range []string{"http", "clickhouse"} {
		cfg := clickhouse.NewDefaultClientConfig()
		cfg.Endpoint = scheme + "://" + listener.Addr().String()
		conn, err := cfg.Open()
		require.NoError(t, err)
		a := newTestAPI(t, conn, cfg.Target())
		for _, path := range []string{"/api/v1/stats/overview", "/api/v1/stats/models", "/api/v1/stats/timeseries", "/api/v1/traces", "/api/v1/traces/" + traceID(1)} {
			rec := ask(t, a, "shop", path)
			require.Equal(t, http.StatusServiceUnavailable, rec.Code, rec.Body.String())
			require.Equal(t, "2", rec.Header().Get("Retry-After"))
			require.NotContains(t, rec.Body.String(), listener.Addr().String())
		}
		rec := ask(t, a, "", "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, rec.Code)
		require.Contains(t, rec.Body.String(), reasonUnreachable)
		require.Equal(t, http.StatusOK, ask(t, a, "", "/healthz").Code)
		require.Equal(t, http.StatusOK, ask(t, a, "", "/livez").Code)
		require.NoError(t, conn.Close())
	}
}
