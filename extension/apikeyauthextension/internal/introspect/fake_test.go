package introspect

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// fakeServer is an introspection server that can be told what to answer, and to fall silent.
type fakeServer struct {
	*httptest.Server
	asked atomic.Int64

	mu     sync.Mutex
	status int
	bodies map[string]string // by token; others are inactive
	// hold, unless nil, keeps every answer back until it is closed.
	hold chan struct{}
	seen []*http.Request
}

const acme = `{"active":true,"tenant":"acme","project":"shop","scope":"ingest openid read","jti":"k-1"}`

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{status: http.StatusOK, bodies: map[string]string{"good": acme}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked.Add(1)
		token := r.FormValue("token")
		f.mu.Lock()
		status, hold := f.status, f.hold
		body, ok := f.bodies[token]
		f.seen = append(f.seen, r)
		f.mu.Unlock()
		if hold != nil {
			select {
			case <-hold:
			case <-r.Context().Done():
				return
			}
		}
		if !ok {
			body = `{"active":false}`
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeServer) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeServer) down()                   { f.set(func() { f.status = http.StatusServiceUnavailable }) }
func (f *fakeServer) up()                     { f.set(func() { f.status = http.StatusOK }) }
func (f *fakeServer) says(token, body string) { f.set(func() { f.bodies[token] = body }) }

// bench is a source with a clock that only the test moves.
type bench struct {
	*Source
	server *fakeServer

	mu         sync.Mutex
	now        time.Time
	outcomes   map[Outcome]int
	health     []error
	complaints []error
}

func newBench(t *testing.T, edit func(*Config)) *bench {
	t.Helper()
	b := &bench{server: newFakeServer(t), now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), outcomes: map[Outcome]int{}}
	cfg := NewDefaultConfig()
	cfg.HTTP.Endpoint = b.server.URL
	if edit != nil {
		edit(&cfg)
	}
	require.NoError(t, cfg.Validate())
	client, err := cfg.HTTP.ToClient(context.Background(), nil, componenttest.NewNopTelemetrySettings())
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	b.Source, err = New(cfg, Settings{
		Client:   NoRedirects(client),
		Now:      func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now },
		Health:   func(err error) { b.mu.Lock(); defer b.mu.Unlock(); b.health = append(b.health, err) },
		Complain: func(err error) { b.mu.Lock(); defer b.mu.Unlock(); b.complaints = append(b.complaints, err) },
		Count:    func(_ context.Context, o Outcome) { b.mu.Lock(); defer b.mu.Unlock(); b.outcomes[o]++ },
	})
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

func (b *bench) pass(d time.Duration) { b.mu.Lock(); defer b.mu.Unlock(); b.now = b.now.Add(d) }

func (b *bench) lookup(token string) (*tenancy.Caller, apikey.Verdict) {
	return b.Lookup(context.Background(), token, "own-id", always)
}

func always() bool { return true }
func never() bool  { return false }

func (b *bench) want(t *testing.T, token string, verdict apikey.Verdict, asked int64) {
	t.Helper()
	caller, got := b.lookup(token)
	require.Equal(t, verdict, got)
	require.Equal(t, verdict == apikey.VerdictOK, caller != nil)
	require.Equal(t, asked, b.server.asked.Load(), "questions so far")
}
