package llmqueryextension

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/costing"
)

// wallStore holds the same trace, span and user ids for two tenants and three projects, with counts that
// tell them apart: every number of calls, tokens and money belongs to one of them only.
func wallStore(t *testing.T) *testStore {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	var spans []testSpan
	shift := time.Duration(0)
	add := func(tenant, project string, n int, price string) {
		// These rows leave identity_project empty, as old ones do, so that only a nanosecond keeps the projects apart.
		shift++
		for i := range n {
			spans = append(spans, call(1, i, start.Add(time.Duration(i)*time.Second+shift), time.Second).with(func(s *testSpan) {
				s.Tenant, s.Project, s.Cost, s.User = tenant, project, ptr(price), "ada"
				s.InputMessages = `"secret of ` + tenant + "/" + project + `"`
				// Each call costs 1, 10 or 100; its client said three times that.
				s.Reported = ptr(strings.Replace(price, "1", "3", 1))
			}))
		}
	}
	// One more call of each project has an estimate of seven times that instead of a cost.
	estimate := func(tenant, project string, n int, price string) {
		shift++
		spans = append(spans, estimatedCall(1, n, start.Add(shift), strings.Replace(price, "1", "7", 1)).with(func(s *testSpan) {
			s.Tenant, s.Project, s.User = tenant, project, "ada"
		}))
	}
	estimate("acme", "shop", 2, "1")
	estimate("acme", "lab", 3, "10")
	estimate("rival", "shop", 4, "100")
	add("acme", "shop", 2, "1")
	add("acme", "lab", 3, "10")
	add("rival", "shop", 4, "100")
	s.insert(t, spans...)
	s.insert(t, call(7, 1, start, time.Second).with(func(s *testSpan) { s.Tenant = "rival" }))
	return s
}

// seen asks every endpoint and returns what the key is shown: calls, cost and text.
type seen struct {
	calls  uint64
	amount string
	text   string
}

func look(t *testing.T, a *api, key, query string) seen {
	t.Helper()
	if query != "" {
		query = "&" + query
	}
	o := body[overview](t, a, key, "/api/v1/stats/overview?hours=24"+query)
	out := seen{calls: o.Calls}
	if o.Cost.Amount != nil {
		out.amount = *o.Cost.Amount
	}
	require.EqualValues(t, o.Spans, out.calls)
	require.Equal(t, map[string]*estimated{
		"2": {1, "7", nil, ptr("7")}, "30": {1, "70", nil, ptr("70")}, "400": {1, "700", nil, ptr("700")}, "": nil,
	}[out.amount], o.Estimated)
	require.Equal(t, map[string]*reported{
		"2": {2, "6", "2", "4"}, "30": {3, "90", "30", "60"}, "400": {4, "1200", "400", "800"}, "": nil,
	}[out.amount], o.Reported)
	seed := body[seedOverview](t, a, key, "/stats/overview?hours=24"+query)
	require.Equal(t, out.calls, seed.TotalEvents)

	m := body[modelList](t, a, key, "/api/v1/stats/models?hours=24"+query)
	if out.calls == 0 {
		require.Empty(t, m.Models)
		require.Empty(t, body[traceList](t, a, key, "/api/v1/traces?hours=24"+query).Traces)
		refused(t, a, key, "/api/v1/traces/"+traceID(1)+"?"+strings.TrimPrefix(query, "&"), http.StatusNotFound)
		return out
	}
	require.Equal(t, out.calls, m.Models[0].Calls)
	require.Equal(t, out.amount, *m.Models[0].Cost.Amount)
	require.Equal(t, o.Estimated, m.Models[0].Estimated)
	require.Equal(t, o.Reported, m.Models[0].Reported)
	for _, metric := range []string{"requests", "errors", "tokens", "cost", "latency"} {
		var sum uint64
		for _, p := range body[timeseries](t, a, key, "/api/v1/stats/timeseries?hours=24&metric="+metric+query).Points {
			sum += p.Calls
		}
		require.Equal(t, out.calls, sum, metric)
	}
	list := body[traceList](t, a, key, "/api/v1/traces?hours=24&user_id=ada"+query)
	require.Len(t, list.Traces, 1)
	require.Equal(t, out.calls, list.Traces[0].Calls)
	require.Equal(t, out.amount, *list.Traces[0].Cost)
	trace := ask(t, a, key, "/api/v1/traces/"+traceID(1)+"?"+strings.TrimPrefix(query, "&"))
	require.Equal(t, http.StatusOK, trace.Code)
	out.text = trace.Body.String()
	events := body[seedEvents](t, a, key, "/events?limit=1000"+query)
	require.Len(t, events.Events, int(out.calls))
	require.Equal(t, out.calls, body[seedTypes](t, a, key, "/stats/events-by-type?hours=24"+query).TotalEvents)
	event := ask(t, a, key, "/events/"+traceID(1)+":"+spanID(0)+"?"+strings.TrimPrefix(query, "&"))
	require.Equal(t, http.StatusOK, event.Code)
	out.text += event.Body.String()
	require.Equal(t, o.Estimated, body[traceDetail](t, a, key, "/api/v1/traces/"+traceID(1)+"?"+strings.TrimPrefix(query, "&")).Estimated)
	cost := body[costing.Account](t, a, key, costOf(1, 0)+"?"+strings.TrimPrefix(query, "&"))
	require.Equal(t, map[string]string{"2": "1", "30": "10", "400": "100"}[out.amount], *cost.Booked.Amount, "one of the own calls")
	span := ask(t, a, key, "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(0)+"?"+strings.TrimPrefix(query, "&"))
	require.Equal(t, http.StatusOK, span.Code)
	out.text += span.Body.String()
	return out
}

func TestEveryKeySeesItsOwnProjectOnly(t *testing.T) {
	a := func() *api { s := wallStore(t); return newTestAPI(t, s.conn, s.config.Target()) }()
	check := func(key, query string, calls uint64, amount, secret string) {
		t.Helper()
		got := look(t, a, key, query)
		require.Equal(t, calls, got.calls)
		require.Equal(t, amount, got.amount)
		for _, s := range []string{"acme/shop", "acme/lab", "rival/shop"} {
			require.Equal(t, s == secret, strings.Contains(got.text, s), s)
		}
	}
	check("shop", "", 3, "2", "acme/shop")
	check("shop", "project_id=shop", 3, "2", "acme/shop")
	check("lab", "", 4, "30", "acme/lab")
	check("boss", "", 3, "2", "acme/shop")
	check("boss", "project_id=lab", 4, "30", "acme/lab")
	// A project of that name exists with another tenant only; and none of that name at all.
	check("boss", "project_id=rival", 0, "", "")
	check("boss", "project_id="+url.QueryEscape("shop' OR '1'='1"), 0, "", "")
	check("rboss", "project_id=lab", 0, "", "")

	// Not the own project, and not an admin: an answer that does not tell whether it exists.
	for _, project := range []string{"lab", "nowhere", "*", "%", "shop' OR 1=1 --"} {
		for _, path := range []string{"/api/v1/stats/overview", "/api/v1/stats/models", "/api/v1/stats/timeseries", "/api/v1/traces", "/api/v1/traces/" + traceID(1), "/stats/overview", "/traces", "/events", "/events/e-1", "/stats/events-by-type", "/projects"} {
			p := refused(t, a, "shop", path+"?project_id="+url.QueryEscape(project), http.StatusForbidden)
			require.NotContains(t, p.Detail, project)
		}
	}
	// Another tenant's trace is not there.
	for _, key := range []string{"shop", "lab", "boss"} {
		refused(t, a, key, "/api/v1/traces/"+traceID(7), http.StatusNotFound)
		refused(t, a, key, "/events/"+traceID(7)+":"+spanID(1), http.StatusNotFound)
		refused(t, a, key, "/api/v1/traces/"+traceID(7)+"/spans/"+spanID(1), http.StatusNotFound)
	}
	require.Equal(t, http.StatusOK, ask(t, a, "rival", "/api/v1/traces/"+traceID(7)).Code)
	// The scope is no parameter.
	for _, name := range []string{"tenant", "tenant_id", "project", "param_tenant"} {
		refused(t, a, "shop", "/api/v1/stats/overview?"+name+"=rival", http.StatusBadRequest)
		require.EqualValues(t, 3, body[seedOverview](t, a, "shop", "/stats/overview?"+name+"=rival").TotalEvents)
	}
}

// What is put into a filter is a value, whatever it looks like, and is found as exactly that value.
func TestValuesAreValues(t *testing.T) {
	s := newTestStore(t)
	values := []string{
		`' OR '1'='1`, `') OR 1=1 --`, `\`, `\\`, `\'`, `'`, `"`, "`", "tab\there", "line\nbreak", "cr\rhere", `\n`, `\N`, "NULL", `{tenant:String}`, "{x}", "$1", "?", "@p1",
		"%", "_", "*", ";", "/*", "*/", "--", "ü", "日本", "🙂", " leading", "trailing ", "a&b=c", "a+b", "0", "true", strings.Repeat("y", maxParameterBytes), "nul\x00byte", "\xff\xfe",
	}
	var spans []testSpan
	for i, v := range values {
		spans = append(spans, call(i, i, testNow.Add(-time.Duration(i+1)*time.Second), time.Second).with(func(s *testSpan) {
			s.User, s.Conversation, s.Service, s.Provider, s.Request, s.Name = v, v, v, v, v, v
		}))
	}
	s.insert(t, spans...)
	s.insert(t, call(500, 500, testNow.Add(-time.Minute), time.Second).with(func(s *testSpan) { s.Tenant = "rival" }))
	a := newTestAPI(t, s.conn, s.config.Target())
	for i, v := range values {
		query := url.Values{}
		for _, name := range []string{"user_id", "conversation_id", "service", "provider", "model", "q"} {
			// A search without regard to case needs text that has cases.
			if name != "q" || utf8.ValidString(v) {
				query.Set(name, v)
			}
		}
		got := body[traceList](t, a, "shop", "/api/v1/traces?"+query.Encode())
		require.Equal(t, traceIDs(i), ids(got), "%q", v)
		refused(t, a, "shop", "/api/v1/traces/"+traceID(0)+"/spans/"+url.PathEscape("x"+strings.ReplaceAll(v, "/", "")), http.StatusNotFound)
	}
	a = newTestAPI(t, &fakeConn{}, noTarget)
	for _, v := range values {
		for _, name := range []string{"status", "has_error", "min_cost", "limit", "cursor", "hours", "start", "end"} {
			code := ask(t, a, "shop", "/api/v1/traces?"+name+"="+url.QueryEscape(v)).Code
			require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, code, "%s=%q", name, v)
		}
	}
}

func TestKeys(t *testing.T) {
	a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget)
	guarded := []string{
		"/api/v1/stats/overview", "/api/v1/stats/timeseries", "/api/v1/stats/models", "/api/v1/traces", "/api/v1/traces/" + traceID(1),
		"/api/v1/traces/" + traceID(1) + "/spans/" + spanID(1), costOf(1, 1), "/api/v1/prices?provider=openai", "/api/v1/prices/unknown",
		"/api/v1/prices/book", "/stats/overview", "/stats/tokens", "/stats/timeseries", "/traces", "/traces/" + traceID(1),
		"/events", "/events/e-1", "/stats/events-by-type", "/projects",
	}
	for _, path := range guarded {
		p := refused(t, a, "", path, http.StatusUnauthorized)
		require.Equal(t, "API key required", p.Title)
		rec := ask(t, a, "wrong", path)
		require.Equal(t, http.StatusUnauthorized, rec.Code)
		require.Equal(t, `Bearer realm="watchllm", error="invalid_token"`, rec.Header().Get("WWW-Authenticate"))
		require.NotContains(t, rec.Body.String(), "no such key", "the authenticator's own words stay inside")
		require.Contains(t, refused(t, a, "writer", path, http.StatusForbidden).Detail, `role "read"`)
		require.Contains(t, refused(t, a, "nobody", path, http.StatusForbidden).Detail, "no tenant")
	}
	for _, path := range []string{"/livez", "/healthz", "/api/healthz", "/api/v1/openapi.json"} {
		require.Equal(t, http.StatusOK, ask(t, a, "", path).Code, path)
	}
	require.Equal(t, http.StatusServiceUnavailable, ask(t, a, "", "/readyz").Code)
}
