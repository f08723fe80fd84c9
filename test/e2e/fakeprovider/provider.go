// Package fakeprovider is an LLM provider on loopback: it speaks the OpenAI and the Anthropic API and bills what it is told to.
package fakeprovider

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Usage is what every answer reports, in the canonical reading: Input includes cached tokens, Output includes reasoning.
type Usage struct {
	Input, Output         int64
	CacheRead, CacheWrite int64 // CacheWrite is reported by the Anthropic API only
	Reasoning             int64 // reported by the OpenAI API only
}

// DefaultUsage has numbers that no sum of others yields, so that a wrong figure in a test tells where it comes from.
var DefaultUsage = Usage{Input: 1037, Output: 211, CacheRead: 512, CacheWrite: 128, Reasoning: 64}

// Call is one request the provider got, and what it answered.
type Call struct {
	Path   string
	Model  string
	Stream bool
	Key    string // as presented
	Status int
	// ID is the answer's without its prefix, Usage what it bills; both are zero for a call that failed. A stream that was not asked
	// for its usage does not tell it, and an embedding has input only.
	ID    string
	Usage Usage
}

// Provider is an http.Handler. The zero value answers with DefaultUsage.
type Provider struct {
	mu    sync.Mutex
	usage *Usage
	vary  bool
	calls []Call
	fails []int
	// failAt are statuses by the number of the request, counted from 1.
	failAt map[int]int
	ids    int
}

// SetUsage changes what later answers report.
func (p *Provider) SetUsage(u Usage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.usage = &u
}

// Vary makes every answer report other numbers than those before it, so that no call of a test can be taken for another.
func (p *Provider) Vary() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vary = true
}

// Fail makes the next requests fail with these statuses, one each. Clients are told not to retry.
func (p *Provider) Fail(statuses ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = append(p.fails, statuses...)
}

// FailCall makes the nth request from the start fail, as Fail does.
func (p *Provider) FailCall(n, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failAt == nil {
		p.failAt = map[int]int{}
	}
	p.failAt[n] = status
}

// Calls are the requests so far.
func (p *Provider) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Call(nil), p.calls...)
}

// request is the part of every API's body that matters here.
type request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Tools []struct {
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"tools"`
	Messages []struct {
		Role string `json:"role"`
	} `json:"messages"`
}

// callsTool names the tool that is to be called: the first one offered, until its result is there.
func (r *request) callsTool() string {
	if len(r.Tools) == 0 || len(r.Messages) > 0 && r.Messages[len(r.Messages)-1].Role == "tool" {
		return ""
	}
	return r.Tools[0].Function.Name
}

// answer is one decided reply.
type answer struct {
	request
	id    string
	usage Usage
}

const requestLimit = 8 << 20

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var reply func(http.ResponseWriter, answer)
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/chat/completions", "POST /chat/completions":
		reply = chatCompletion
	case "POST /v1/embeddings", "POST /embeddings":
		reply = embedding
	case "POST /v1/messages":
		reply = message
	default:
		http.Error(w, "no such API", http.StatusNotFound)
		return
	}
	var req request
	body, err := io.ReadAll(io.LimitReader(r.Body, requestLimit))
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err == nil && req.Model == "" {
		err = errors.New("model is required")
	}
	a, status := p.decide(r, req, err)
	if status != http.StatusOK {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Should-Retry", "false")
		w.WriteHeader(status)
		writeJSON(w, map[string]any{"error": map[string]any{"type": errorType(status), "code": errorType(status), "message": http.StatusText(status)}})
		return
	}
	reply(w, a)
}

// decide books the call and says how it ends.
func (p *Provider) decide(r *http.Request, req request, bad error) (answer, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := http.StatusOK
	switch {
	case bad != nil:
		status = http.StatusBadRequest
	case p.failAt[len(p.calls)+1] != 0:
		status = p.failAt[len(p.calls)+1]
	case len(p.fails) > 0:
		status, p.fails = p.fails[0], p.fails[1:]
	}
	key := r.Header.Get("X-Api-Key")
	if key == "" {
		key = r.Header.Get("Authorization")
	}
	p.ids++
	a := answer{request: req, id: fmt.Sprintf("%08d", p.ids), usage: DefaultUsage}
	if p.usage != nil {
		a.usage = *p.usage
	}
	if n := int64(p.ids); p.vary { // steps of different sizes, so that no bucket is mistaken for another
		a.usage.Input += 101 * n
		a.usage.Output += 37 * n
		a.usage.CacheRead += 13 * n
		a.usage.CacheWrite += 7 * n
		a.usage.Reasoning += 3 * n
	}
	booked := Call{Path: r.URL.Path, Model: req.Model, Stream: req.Stream, Key: key, Status: status}
	if status == http.StatusOK {
		booked.ID, booked.Usage = a.id, a.usage
		if strings.HasSuffix(r.URL.Path, "/embeddings") {
			booked.Usage = Usage{Input: a.usage.Input}
		}
	}
	p.calls = append(p.calls, booked)
	return a, status
}

func errorType(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "rate_limit_exceeded"
	case http.StatusBadRequest:
		return "invalid_request_error"
	default:
		return "api_error"
	}
}

func writeJSON(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) }

// event writes one server-sent event and makes it leave at once.
func event(w http.ResponseWriter, name string, v any) {
	if name != "" {
		fmt.Fprintf(w, "event: %s\n", name)
	}
	raw, _ := json.Marshal(v)
	fmt.Fprintf(w, "data: %s\n\n", raw)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
