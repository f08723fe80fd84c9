package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// seedProxy stands between a client and the collector and keeps what both said. The first answer is replaced by 503 after the collector
// has taken the events: the worst a network can do to a client that retries.
type seedProxy struct {
	*httptest.Server
	to string

	mu        sync.Mutex
	exchanges []exchange
}

type exchange struct {
	path, key, contentType string
	events                 []sentEvent
	status                 int
	answer                 map[string]any
}

type sentEvent struct {
	EventID   string `json:"eventId"`
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Body      struct {
		Start     string  `json:"start"`
		LatencyMs float64 `json:"latencyMs"`
	} `json:"body"`
}

func newSeedProxy(t *testing.T, to string) *seedProxy {
	t.Helper()
	p := &seedProxy{to: to}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

// localhost is the proxy under the name that the clients' defaults have.
func (p *seedProxy) localhost() string { return strings.Replace(p.URL, "127.0.0.1", "localhost", 1) }

func (p *seedProxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+p.to+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header = r.Header.Clone()
	resp, err := httpClient.Do(req)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return
	}
	x := exchange{path: r.URL.Path, key: r.Header.Get("X-API-Key"), contentType: r.Header.Get("Content-Type"), status: resp.StatusCode}
	var batch struct{ Events []sentEvent }
	var single sentEvent
	if json.Unmarshal(body, &batch) == nil && batch.Events != nil {
		x.events = batch.Events
	} else if json.Unmarshal(body, &single) == nil {
		x.events = []sentEvent{single}
	}
	_ = json.Unmarshal(answer, &x.answer) // what is no object is compared as none
	p.mu.Lock()
	defer p.mu.Unlock()
	first := len(p.exchanges) == 0
	p.exchanges = append(p.exchanges, x)
	if first {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer)
}

// said is all that went over, once the client has ended.
func (p *seedProxy) said() []exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exchanges
}

// names reads what the applications print: the name of an event and its id.
func names(out string) map[string]string {
	byID := map[string]string{}
	for line := range strings.Lines(out) {
		if name, id, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			byID[id] = name
		}
	}
	return byID
}

func seedEnv(i *instance, tenant, host string) []string {
	return []string{"WATCHLLM_API_KEY=" + i.keys[tenant], "WATCHLLM_PROJECT_ID=default", "WATCHLLM_HOST=" + host, "TZ=Asia/Tokyo", "PYTHONDONTWRITEBYTECODE=1"}
}

func TestSeedPythonClient(t *testing.T) {
	interpreter := python(t)
	i := shared.get(t)
	tenant := shared.tenant(t)
	proxy := newSeedProxy(t, i.events)
	out := run(t, seedEnv(i, tenant, proxy.localhost()), root(), interpreter, "test/e2e/seedclient/app.py")
	byID := names(out)
	exchanges := proxy.said()
	distinct := map[string]bool{}
	for _, x := range exchanges {
		if x.status != http.StatusAccepted || x.path != "/api/v1/events" || len(x.events) != 1 || x.key != i.keys[tenant] {
			t.Fatalf("%+v", x)
		}
		e := x.events[0]
		distinct[e.EventID] = true
		if x.answer["status"] != "queued" || x.answer["eventId"] != e.EventID || x.answer["message"] == "" || len(x.answer) != 3 {
			t.Errorf("%s is answered %v", e.Type, x.answer)
		}
		if strings.ContainsAny(e.Timestamp, "Z+") {
			t.Errorf("the client is meant to send times without a zone, not %s", e.Timestamp)
		}
	}
	if len(exchanges) != len(distinct)+1 || len(distinct) != len(byID)+2 {
		t.Fatalf("%d requests with %d events, of which %d were named; want one retry and two events of the decorator", len(exchanges), len(distinct), len(byID))
	}
	i.compareSeed(t, tenant, "python", byID, exchanges)

	// What was sent can be read back on the original's paths.
	for id, name := range byID {
		var event struct {
			EventID string `json:"event_id"`
			Span    struct {
				Attributes map[string]any `json:"attributes"`
			} `json:"span"`
		}
		if _, err := i.get(i.keys[tenant], "/events/"+id, &event); err != nil || event.EventID != id || event.Span.Attributes["watchllm.native.id"] != id {
			t.Errorf("%s: %v %+v", name, err, event)
		}
	}
	i.wantTree(t, tenant, "0af7651916cd43dd8448eb211c80319c", "handle order", "look up", "chat gpt-5-mini", "agent_step search", "gen_ai.evaluation.result")
	var list struct {
		Events []struct {
			Type string `json:"type"`
		} `json:"events"`
	}
	if _, err := i.get(i.keys[tenant], "/events?type=message&limit=1000&project_id=default", &list); err != nil || len(list.Events) != 4 {
		t.Errorf("%d messages (%v), want 4", len(list.Events), err)
	}
}

// A JavaScript client with the default host sends to the port of the query API.
func TestSeedJavaScriptClient(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		need(t, err)
	}
	i := shared.get(t)
	app := filepath.Join(root(), "test", "e2e", "seedclient", "app.mjs")
	check := func(t *testing.T, tenant string, proxy *seedProxy, out string) {
		t.Helper()
		byID, exchanges := names(out), proxy.said()
		var sizes []int
		for _, x := range exchanges {
			sizes = append(sizes, len(x.events))
			if x.status != http.StatusAccepted || x.path != "/api/v1/events/batch" || x.key != i.keys[tenant] {
				t.Fatalf("%+v", x)
			}
			ids, _ := x.answer["event_ids"].([]any)
			if x.answer["status"] != "queued" || x.answer["count"] != float64(len(x.events)) || len(ids) != len(x.events) || x.answer["message"] == "" || len(x.answer) != 4 {
				t.Fatalf("answered %v", x.answer)
			}
			for n, e := range x.events {
				if ids[n] != e.EventID {
					t.Errorf("id %d is %v, want %s", n, ids[n], e.EventID)
				}
			}
		}
		if got := fmt.Sprint(sizes); got != "[10 10 6]" { // the first again, after the 503
			t.Fatalf("batches of %s", got)
		}
		i.compareSeed(t, tenant, "js", byID, exchanges)
		i.wantTree(t, tenant, "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "chat gpt-5-mini", "chat claude-sonnet-4-5")
	}
	for name, port := range map[string]string{"port of the query API": i.query, "port of events": i.events} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant, proxy := shared.tenant(t), newSeedProxy(t, port)
			check(t, tenant, proxy, run(t, seedEnv(i, tenant, proxy.localhost()), root(), "node", app))
		})
	}
	t.Run("localhost is ::1 first", func(t *testing.T) {
		t.Parallel()
		tenant, proxy := shared.tenant(t), newSeedProxy(t, i.query)
		preload := "file://" + filepath.Join(root(), "test", "e2e", "seedclient", "ipv6first.mjs")
		check(t, tenant, proxy, run(t, seedEnv(i, tenant, proxy.localhost()), root(), "node", "--import", preload, app))
	})
	// A beacon can carry no key, and the original service knew no other way: it is refused as it was there.
	t.Run("the page goes away", func(t *testing.T) {
		t.Parallel()
		tenant, proxy := shared.tenant(t), newSeedProxy(t, i.query)
		run(t, seedEnv(i, tenant, proxy.localhost()), root(), "node", app, "page")
		exchanges := proxy.said()
		last := exchanges[len(exchanges)-1]
		if len(exchanges) != 3 || last.key != "" || last.contentType != "application/json" || len(last.events) != 6 || last.status != http.StatusUnauthorized || last.answer["code"] != "api_key_missing" {
			t.Errorf("%d requests, the last: %+v", len(exchanges), last)
		}
	})
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			tenant, proxy := shared.tenant(t), newSeedProxy(t, i.query)
			cmd := exec.CommandContext(t.Context(), "node", app, "wait")
			cmd.Env, cmd.Stderr = append(os.Environ(), seedEnv(i, tenant, proxy.localhost())...), os.Stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			lines := bufio.NewScanner(stdout)
			for lines.Scan() {
				out.WriteString(lines.Text() + "\n")
				if strings.HasPrefix(lines.Text(), "custom\t") { // the last
					break
				}
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			check(t, tenant, proxy, out.String())
		})
	}
}

// wantTree asks on the original's path for a trace, by the id as its sender wrote it, and wants spans of these names below one.
func (i *instance) wantTree(t *testing.T, tenant, trace, parent string, children ...string) {
	t.Helper()
	type node struct {
		Name     string
		Children []node
	}
	var detail struct{ Spans []node }
	if _, err := i.get(i.keys[tenant], "/traces/"+trace, &detail); err != nil {
		t.Fatal(err)
	}
	for _, top := range detail.Spans {
		if top.Name != parent {
			continue
		}
		var found []string
		for _, c := range top.Children {
			found = append(found, c.Name)
		}
		if got := fmt.Sprint(found); got != fmt.Sprint(children) {
			t.Errorf("below %s are %s, want %s", parent, got, children)
		}
		return
	}
	t.Errorf("%s is not at the top of trace %s", parent, trace)
}

// Old clients decide by the status; bodies are problem details.
func TestSeedAnswers(t *testing.T) {
	i := shared.get(t)
	tenant := shared.tenant(t)
	event := func(n int) string {
		return fmt.Sprintf(`{"eventId":"answer-%d","projectId":"default","type":"log","timestamp":"2026-11-23T10:00:00","sdk":{"name":"watchllm-js"},"context":null,"body":{"level":"info","message":"x"}}`, n)
	}
	list := func(n int) string {
		var events []string
		for k := range n {
			events = append(events, event(k))
		}
		return "[" + strings.Join(events, ",") + "]"
	}
	good, stranger := i.keys[tenant], "wllm_stranger"
	for name, c := range map[string]struct {
		path, key, body string
		want            int
	}{
		"one":                    {"/api/v1/events", good, event(0), 202},
		"one of a hundred":       {"/api/v1/events/batch", good, list(100), 202},
		"a hundred and one":      {"/api/v1/events/batch", good, list(101), 400},
		"a hundred and one in":   {"/api/v1/events/batch", good, `{"events":` + list(101) + `}`, 400},
		"none":                   {"/api/v1/events/batch", good, `[]`, 202},
		"none in":                {"/api/v1/events/batch", good, `{"events":[]}`, 202},
		"no JSON":                {"/api/v1/events", good, `{"eventId":`, 400},
		"no key":                 {"/api/v1/events", "", event(0), 401},
		"wrong key":              {"/api/v1/events", stranger, event(0), 403},
		"body null":              {"/api/v1/events", good, `{"eventId":"1","projectId":"p","type":"log","body":null}`, 422},
		"type unknown":           {"/api/v1/events", good, `{"eventId":"1","projectId":"p","type":"party","body":{}}`, 422},
		"type missing":           {"/api/v1/events", good, `{"eventId":"1","projectId":"p","body":{}}`, 422},
		"level unknown":          {"/api/v1/events", good, `{"eventId":"1","type":"log","context":null,"body":{"level":"loud","message":"x"}}`, 422},
		"tokens negative":        {"/api/v1/events", good, `{"eventId":"1","type":"token_usage","body":{"model":"m","inputTokens":-1,"outputTokens":1}}`, 422},
		"all of a batch wrong":   {"/api/v1/events/batch", good, `[{"eventId":"1","type":"log","body":null},{"eventId":"2","type":"log","body":{}}]`, 422},
		"one of a batch correct": {"/api/v1/events/batch", good, `[{"eventId":"1","type":"log","body":null},` + event(1) + `]`, 202},
	} {
		t.Run(name, func(t *testing.T) {
			for _, port := range []string{i.events, i.query} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+port+c.path, strings.NewReader(c.body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				if c.key != "" {
					req.Header.Set("X-API-Key", c.key)
				}
				resp, err := httpClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				var answer map[string]any
				if err != nil || json.Unmarshal(body, &answer) != nil || resp.StatusCode != c.want {
					t.Fatalf("port %s answers %d %s (%v), want %d", port, resp.StatusCode, body, err, c.want)
				}
				if c.want == http.StatusAccepted {
					if answer["status"] != "queued" {
						t.Errorf("answers %s", body)
					}
					continue
				}
				if resp.Header.Get("Content-Type") != "application/problem+json" || answer["code"] == "" || answer["detail"] == "" || answer["status"] != float64(c.want) {
					t.Errorf("answers %s", body)
				}
			}
		})
	}
}
