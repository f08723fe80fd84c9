package llmclickhouseexporter

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fault is what the proxy does to an insert.
type fault int

const (
	pass fault = iota
	// loseAnswer lets the engine store and then cuts the connection.
	loseAnswer
	// loseRequest cuts the connection before the engine sees anything.
	loseRequest
	// cutRequest lets half of the body through and then cuts both connections.
	cutRequest
	// lateAnswer stores and answers after the client has given up.
	lateAnswer
	// lateRequest stores after the client has given up.
	lateRequest
)

// faultyProxy stands between exporter and engine; next says what happens to the n-th insert, from 0.
type faultyProxy struct {
	*httptest.Server
	mu      sync.Mutex
	inserts int
	next    func(n int) fault
	delay   time.Duration
	engine  string
	late    sync.WaitGroup
}

func newFaultyProxy(t testing.TB, engine string, next func(n int) fault) *faultyProxy {
	p := &faultyProxy{next: next, engine: engine, delay: 2 * time.Second}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(func() {
		p.late.Wait()
		p.Close()
	})
	return p
}

func (p *faultyProxy) fault(r *http.Request) fault {
	if !strings.HasPrefix(r.URL.Query().Get("query"), "INSERT") {
		return pass
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inserts++
	return p.next(p.inserts - 1)
}

func (p *faultyProxy) serve(w http.ResponseWriter, r *http.Request) {
	f := p.fault(r)
	if f == loseRequest {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch f {
	case cutRequest:
		req := p.request(r, io.MultiReader(bytes.NewReader(body[:len(body)/2]), failing{}))
		req.ContentLength = int64(len(body))
		_, _ = client.Do(req)
		panic(http.ErrAbortHandler)
	case lateRequest:
		p.late.Go(func() {
			<-time.After(p.delay)
			if res, err := client.Do(p.request(r, bytes.NewReader(body))); err == nil {
				_ = res.Body.Close()
			}
		})
		panic(http.ErrAbortHandler)
	}
	res, err := client.Do(p.request(r, bytes.NewReader(body)))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer res.Body.Close()
	switch f {
	case loseAnswer:
		panic(http.ErrAbortHandler)
	case lateAnswer:
		select {
		case <-r.Context().Done():
		case <-time.After(p.delay):
		}
	}
	for k, v := range res.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// client keeps no connections, so that none is left for the leak check to find.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}

func (p *faultyProxy) request(r *http.Request, body io.Reader) *http.Request {
	req, err := http.NewRequest(r.Method, p.engine+r.URL.String(), body)
	if err != nil {
		panic(err)
	}
	req.Header = r.Header.Clone()
	return req
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }
