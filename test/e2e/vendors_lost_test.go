package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// losesAnswers stands between a client and WatchLLM: it hands every request on and, the first time one is sent to a path, loses the
// answer and gives its own, which asks to send again.
type losesAnswers struct {
	mu   sync.Mutex
	seen map[string]bool
}

func startLosingAnswers(t *testing.T, address string) (*losesAnswers, string) {
	t.Helper()
	target, err := url.Parse("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	l := &losesAnswers{seen: map[string]bool{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(resp *http.Response) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			at := resp.Request.Method + " " + resp.Request.URL.Path
			if resp.Request.Method != http.MethodGet && resp.StatusCode < 300 && !l.seen[at] {
				l.seen[at] = true
				resp.StatusCode, resp.Status = http.StatusServiceUnavailable, ""
				resp.Header.Set("Retry-After", "1")
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return l, server.URL
}

func (l *losesAnswers) lost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seen)
}

// A client that hears nothing, or that it should come again, sends again: everything is stored once all the same.
func TestVendorsSendAgain(t *testing.T) {
	for _, c := range []struct {
		name, script, mode string
		interpreter        func(t *testing.T) string
		spans              int
		env                func(i *instance, tenant, address string) []string
	}{
		{"Langfuse, JavaScript 3", "langfuse3.mjs", "", vendorNode, 12, langfuseAt},
		{"Langfuse, Python 2", "langfuse2.py", "", func(t *testing.T) string { return vendorPython(t, "e2e-langfuse2") }, 11, langfuseAt},
		{"Langfuse, JavaScript 5", "langfuse5.mjs", "", vendorNode, 9, langfuseAt},
		{"Langfuse, Python 5", "langfuse5.py", "", langSmithPython, 12, langfuseAt},
		{"LangSmith, Python", "langsmith_runs.py", "multipart", langSmithPython, 11, langSmithAt},
		{"LangSmith, JavaScript", "langsmith_runs.mjs", "multipart", vendorNode, 11, langSmithAt},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			interpreter := c.interpreter(t)
			i := shared.get(t)
			provider, env := startVaryingProvider(t)
			provider.FailCall(4, http.StatusTooManyRequests)
			tenant := shared.tenant(t)
			between, address := startLosingAnswers(t, i.events)
			run(t, append(env, c.env(i, tenant, address)...), root(), interpreter, "test/e2e/vendors/"+c.script, c.mode)
			if between.lost() == 0 {
				t.Fatal("no answer was lost")
			}
			spans := i.vendorSpans(t, tenant, c.spans)
			var sum, expected int64
			for _, s := range spans {
				if s.Role != nil && *s.Role == "llm" && s.Usage.Input != nil {
					sum += *s.Usage.Input + *s.Usage.Output
				}
			}
			for _, call := range provider.Calls() {
				if call.Path == "/v1/chat/completions" { // not every client tells the tokens of embeddings
					expected += call.Usage.Input + call.Usage.Output
				}
			}
			if sum != expected {
				t.Errorf("%d tokens are stored, the provider billed %d", sum, expected)
			}
			if err := i.exactly(tenant, c.spans); err != nil {
				t.Error(err)
			}
		})
	}
}
