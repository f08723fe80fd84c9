package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// spend tries to use up what the slow tenant may send, to be priced as the victim, and to put costs on the victim's bill.
func (w *walls) spend(t *testing.T) {
	calls := func(who string, n int, claim bool) int {
		t.Helper()
		req := requestOf(n)
		a := req.Traces().ResourceSpans().At(0).Resource().Attributes()
		r := request{method: http.MethodPost, url: "http://" + w.http + "/v1/traces", contentType: protobufType}
		if claim {
			claimIn(a)
			a.PutStr("watchllm.tenant.id", "slow")
			r.headers = claimHeaders()
			for name := range r.headers {
				r.headers[name] = []string{"slow"}
			}
			r.url += "?tenant=slow&tenant_id=slow"
		}
		r.body = raw(t, req)
		out, err := w.send(w.keys[who], r)
		if err != nil {
			t.Fatal(err)
		}
		return out.code
	}
	for range 5 {
		if code := calls(rival, 60, true); code != http.StatusOK {
			t.Fatalf("the rival is answered %d", code)
		}
	}
	if code := calls(slow, 30, false); code != http.StatusOK {
		t.Errorf("the slow tenant is answered %d: somebody else used up its limit", code)
	}
	if code := calls(slow, 30, false); code != http.StatusTooManyRequests {
		t.Errorf("the slow tenant is answered %d, so its limit was none", code)
	}

	// The victim pays twice the list price. Its neighbour of the same tenant does too; a rival that says it is the victim does not.
	bill := func(who string) string {
		t.Helper()
		req := requestOf(1)
		td := req.Traces().ResourceSpans().At(0)
		claimIn(td.Resource().Attributes())
		claimIn(td.ScopeSpans().At(0).Spans().At(0).Attributes())
		for _, a := range []string{"watchllm.price.id", "watchllm.price.factor", "watchllm.cost.amount", "watchllm.cost.status", "gen_ai.usage.cost", "watchllm.cost.reported"} {
			td.ScopeSpans().At(0).Spans().At(0).Attributes().PutStr(a, "0.5")
		}
		w.must(t, who, request{method: http.MethodPost, url: "http://" + w.http + "/v1/traces", contentType: protobufType, body: raw(t, req)})
		var out string
		within(t, lateLimit, "the call of "+who, func() (err error) {
			out, err = w.sql("SELECT toString(cost) FROM llm_spans FINAL WHERE trace_id = '" + traceOf(req) + "' AND " + where(who))
			if err == nil && out == "" {
				err = fmt.Errorf("not there")
			}
			return err
		})
		return out
	}
	before := w.all(t, victim)
	if got := bill(rival); !sameNumber(got, costCached) {
		t.Errorf("the rival pays %s, want the list price %s", got, costCached)
	}
	w.unchanged(t, victim, before)
	if got := bill(victim); sameNumber(got, costCached) {
		t.Errorf("the victim pays the list price, want its own")
	}
}

// remain tries every method that may delete or replace, on every path of every port. Whatever is answered, the victim's rows remain.
func (w *walls) remain(t *testing.T) {
	before := w.all(t, victim)
	paths := []string{"/", "/api/v1/events", "/api/v1/events/batch", "/v1/traces", "/v1/logs", "/api/v1/spans", "/api/v1/projects/shop", "/api/v1/tenants/acme", "/api/public/traces"}
	for _, route := range vendorRoutes(t) {
		_, path, _ := strings.Cut(route, " ")
		paths = append(paths, strings.NewReplacer("{$}", "", "{project}", "acme", "{project_id}", "shop", "{id}", newUUID()).Replace(path))
	}
	routes := vendorRoutes(t)
	for _, address := range []string{w.http, w.events, w.query} {
		for _, path := range paths {
			for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodPatch} {
				if slices.ContainsFunc(routes, func(r string) bool {
					return strings.HasPrefix(r, method+" ") && strings.HasPrefix(path, strings.TrimSuffix(r[len(method)+1:], "{id}"))
				}) {
					continue // a vendor's way to send
				}
				for _, who := range []string{"rival boss", "acme boss"} {
					a, err := w.send(w.keys[who], request{method: method, url: "http://" + address + path + "?" + claimQuery(), contentType: jsonType, headers: claimHeaders(), body: []byte(claimObject())})
					if err != nil {
						t.Fatal(err)
					}
					if a.code < 400 {
						t.Errorf("%s %s is answered %d %s", method, path, a.code, a.body)
					}
				}
			}
		}
	}
	w.unchanged(t, victim, before)
}

// engine knocks at the embedded ClickHouse: everybody on the machine can reach its port, and only who knows its password is let in.
func (w *walls) engine(t *testing.T) {
	before := w.all(t, victim)
	password, err := os.ReadFile(w.path("clickhouse-password"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(w.path("clickhouse-password")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file is %v (%v), want one that only its owner reads", info, err)
	}
	key := w.keys["rival boss"]
	basic := func(user, password string) http.Header {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header
	}
	for name, h := range map[string]http.Header{
		"nothing": {}, "the default user": {"X-Clickhouse-User": {"default"}}, "an empty password": basic("default", ""), "a key": basic("default", key), "a key as user": basic(key, ""),
		"a key in the header": {"X-Clickhouse-User": {"default"}, "X-Clickhouse-Key": {key}}, "a bearer": {"Authorization": {"Bearer " + key}},
		"another user with the password": basic("acme", strings.TrimSpace(string(password))), "SQL": basic("default' OR '1'='1", "' OR '1'='1"),
		"a certificate": {"X-Clickhouse-Ssl-Certificate-Auth": {"on"}, "X-Clickhouse-User": {"default"}},
	} {
		for _, statement := range []string{"SELECT 1", "SELECT * FROM watchllm.llm_spans", "TRUNCATE TABLE watchllm.llm_spans", "SYSTEM SHUTDOWN"} {
			for _, query := range []string{"", "&user=default", "&user=default&password=", "&user=default&password=" + url.QueryEscape(key), "&quota_key=acme&session_id=acme"} {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodHead} {
					a, err := w.send("", request{method: method, url: "http://" + w.clickhouse + "/?query=" + url.QueryEscape(statement) + query, headers: h})
					if err != nil {
						t.Fatal(err)
					}
					if a.code < 400 || strings.Contains(a.body, "trace_id") {
						t.Errorf("%s with %s%s: %s is answered %d %s", method, name, query, statement, a.code, a.body)
					}
				}
			}
		}
	}
	for _, path := range []string{"/play", "/dashboard", "/replicas_status", "/ping", "/metrics", "/binary", "/jemalloc"} {
		if a, err := w.send(key, request{method: http.MethodGet, url: "http://" + w.clickhouse + path}); err != nil || strings.Contains(a.body, "trace") || a.code == http.StatusOK && a.body != "Ok." {
			t.Errorf("%s is answered %d %s (%v)", path, a.code, a.body, err)
		}
	}
	w.unchanged(t, victim, before)
}
