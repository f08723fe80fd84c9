package chhttp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/watchllm/watchllm/internal/chdb"
)

// Server is an http.Handler that speaks ClickHouse's HTTP interface.
type Server struct {
	options Options
	pool    *pool
	facts   facts
	running atomic.Int64
}

// facts are what the engine says of itself, in every answer.
type facts struct{ version, timezone, displayName string }

// New opens the first engine session, which starts the engine.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	p, err := newPool(o)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, pool: p}
	if s.facts, err = askFacts(p.control); err != nil {
		p.close()
		return nil, err
	}
	return s, nil
}

func askFacts(c Conn) (f facts, err error) {
	err = c.Exec("SELECT version(), timezone(), displayName()", "TSV", nil, func(b []byte, _ chdb.Stats) error {
		fields := strings.Split(strings.TrimRight(string(b), "\n"), "\t")
		if len(fields) != 3 {
			return errors.New("the engine does not say its version")
		}
		f = facts{fields[0], fields[1], fields[2]}
		return nil
	})
	return f, err
}

// Version of the engine.
func (s *Server) Version() string { return s.facts.version }

// Running is the number of statements under way.
func (s *Server) Running() int64 { return s.running.Load() }

// Drain waits until no statement is under way, or for the timeout.
func (s *Server) Drain(timeout time.Duration) {
	end := time.NewTimer(timeout)
	defer end.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.Running() > 0 {
		select {
		case <-tick.C:
		case <-end.C:
			return
		}
	}
}

// Close ends every session, which stops the engine; requests must have ended.
func (s *Server) Close() { s.pool.close() }

// ServeHTTP answers /ping without a password and statements on / with one.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/ping", "/replicas_status":
		_, _ = io.WriteString(w, "Ok.\n")
		return
	case "/", "/query":
	default:
		http.Error(w, "There is no handle "+r.URL.Path+". Statements go to /, the health check is /ping.", http.StatusNotFound)
		return
	}
	values := r.URL.Query()
	if err := s.admit(r, values); err != nil {
		_ = s.fail(w, nil, err)
		return
	}
	w.Header().Set("X-ClickHouse-Server-Display-Name", s.facts.displayName)
	w.Header().Set("X-ClickHouse-Timezone", s.facts.timezone)
	if r.Method != http.MethodPost && r.Method != http.MethodPut && values.Get("query") == "" {
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	s.running.Add(1)
	defer s.running.Add(-1)
	if err := s.statement(w, r, values); err != nil {
		s.options.Log.Debug("statement failed", "error", err)
	}
}

// admit lets in who knows the password and is not somebody else's web page.
func (s *Server) admit(r *http.Request, values url.Values) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut:
	default:
		return exception(codeNotImplemented, "Method %s is not supported; use GET or POST", r.Method)
	}
	// A browser adds a remembered password to what any page asks of this port.
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return exception(codeNotAllowed, "Requests from web pages are refused")
	}
	user, password, ok := r.BasicAuth()
	if !ok {
		user, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
		if user == "" && password == "" {
			user, password = values.Get("user"), values.Get("password")
		}
	}
	if user == "" {
		user = "default"
	}
	right := same(user, s.options.User) & same(password, s.options.Password)
	if right != 1 {
		return exception(codeNoAuth, "Authentication failed: the password of the embedded engine is in its password file")
	}
	return nil
}

// same compares in a time that tells neither where two texts differ nor how
// long the secret is.
func same(given, secret string) int {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:])
}

// fail tells an error: by the status while nothing went out, in-band afterwards.
func (s *Server) fail(w http.ResponseWriter, out *response, err error) error {
	e := asException(err)
	text := markerPattern.ReplaceAllString(e.Text, "")
	if e.Code != codeNoAuth {
		text += " (version " + s.facts.version + ")"
	}
	if out != nil && out.started {
		return errors.Join(err, out.breakOff(text))
	}
	h := w.Header()
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	for _, name := range []string{"Content-Encoding", "Content-Length", "X-ClickHouse-Exception-Tag", "X-ClickHouse-Format"} {
		h.Del(name)
	}
	if e.Code == codeBusy {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(httpStatus(e.Code))
	_, _ = io.WriteString(w, text+"\n")
	return err
}

// session finds the engine session of a request; release gives it back.
func (s *Server) session(ctx context.Context, q sessionRequest) (_ *session, release func(), err error) {
	done, err := s.pool.turn(ctx)
	if err != nil {
		return nil, nil, err
	}
	if q.id != "" {
		named, err := s.pool.named.take(q.id, q.timeout, q.mustExist, s.pool.open)
		if err != nil {
			done()
			return nil, nil, err
		}
		return named.session, func() { s.pool.named.give(q.id, named, q.end); done() }, nil
	}
	plain, err := s.pool.take()
	if err != nil {
		done()
		return nil, nil, err
	}
	return plain, func() { s.pool.give(plain); done() }, nil
}
