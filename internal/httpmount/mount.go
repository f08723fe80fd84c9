package httpmount

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Mounter is a component whose HTTP server takes paths of others in. It gives a mounted handler the request as it came: key,
// body size, encoding and CORS are the handler's own business.
type Mounter interface {
	// Mount serves one exact path by h. It fails if the path is somebody's already.
	Mount(path string, h http.Handler) (Unmount, error)
}

// Unmount ends a mount: new requests are answered with 503, and those under way are waited for until ctx ends.
type Unmount func(ctx context.Context) error

// Table is what is mounted on one server. The zero value is empty and ready.
type Table struct {
	mu      sync.RWMutex
	entries map[string]*entry
}

type entry struct {
	handler http.Handler
	gone    bool
	running sync.WaitGroup
}

// Mount is Mounter's.
func (t *Table) Mount(path string, h http.Handler) (Unmount, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("cannot mount %q: a path begins with /", path)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.entries[path]; e != nil && !e.gone {
		return nil, fmt.Errorf("cannot mount %s: another component has mounted it; mount one of the two elsewhere", path)
	}
	if t.entries == nil {
		t.entries = map[string]*entry{}
	}
	e := &entry{handler: h}
	t.entries[path] = e
	return func(ctx context.Context) error { return t.unmount(ctx, path, e) }, nil
}

func (t *Table) unmount(ctx context.Context, path string, e *entry) error {
	t.mu.Lock()
	e.gone = true
	t.mu.Unlock()
	done := make(chan struct{})
	go func() {
		e.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("requests to %s are still under way: %w", path, context.Cause(ctx))
	}
}

// Handler serves what is mounted, and next everything else.
func (t *Table) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, serving := t.enter(r.URL.Path)
		switch {
		case e == nil:
			next.ServeHTTP(w, r)
		case !serving:
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			// The client may have left; there is nobody to tell.
			_, _ = w.Write([]byte(`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"this server is stopping; send again","code":"unavailable"}` + "\n"))
		default:
			defer e.running.Done()
			e.handler.ServeHTTP(w, r)
		}
	})
}

// enter finds what is mounted and, while it is, counts the request among those under way.
func (t *Table) enter(path string) (e *entry, serving bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if e = t.entries[path]; e == nil || e.gone {
		return e, false
	}
	e.running.Add(1)
	return e, true
}
