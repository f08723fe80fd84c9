package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// sqlValues are what somebody puts where a value goes to get out of it.
var sqlValues = []string{
	`acme') OR tenant_id='acme' --`, `" UNION ALL SELECT * FROM llm_spans --`, `\' OR 1=1 /*`, "`tenant_id`", `{tenant:String}`, "../../acme\x00\xff\n", strings.Repeat("'", 4000),
}

// queryDoors are all paths of the query API, as its own document lists them.
func (w *walls) queryDoors(t *testing.T) map[string]map[string]struct {
	Parameters []struct {
		Name, In string
		Ref      string `json:"$ref"`
	}
} {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name, In string
				Ref      string `json:"$ref"`
			}
		}
	}
	if _, err := w.get("", "/api/v1/openapi.json", &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Paths
}

// open paths need no key.
var openPaths = []string{"/livez", "/healthz", "/api/healthz", "/readyz", "/api/v1/openapi.json"}

// read asks for the victim's data in every way the query API has, and expects of each answer that it is, byte for byte, the one for
// something that nobody has.
func (w *walls) read(t *testing.T) {
	doors := w.queryDoors(t)
	secret := requestOf(2)
	w.calls(t, victim, secret)
	span := secret.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	own := map[string]string{"trace_id": span.TraceID().String(), "span_id": span.SpanID().String()}
	nobodys := map[string]string{"trace_id": newID(), "span_id": newID()[:16]}
	for _, ids := range []map[string]string{own, nobodys} {
		ids["event_id"] = ids["trace_id"] + ":" + ids["span_id"]
	}
	if _, err := w.get(w.keys[victim], "/api/v1/traces/"+own["trace_id"], &traceDetail{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(doors)) {
		if slices.Contains(openPaths, path) {
			continue
		}
		t.Run(path, func(t *testing.T) {
			operation, ok := doors[path]["get"]
			if !ok || len(doors[path]) != 1 {
				t.Fatalf("has methods %v; add attempts for what is not GET", slices.Collect(maps.Keys(doors[path])))
			}
			var names []string
			for _, p := range operation.Parameters {
				if name := p.Name + p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]; own[name] == "" {
					names = append(names, name)
				}
			}
			w.readByID(t, path, own, nobodys)
			w.readByParameter(t, path, names, nobodys)
			w.readByRole(t, path, own)
		})
	}
	w.readCursor(t)
	w.readPrices(t)
}

func fill(path string, ids map[string]string) string {
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return path
}

// look asks with a key, and with everything around the key that may say whose data is meant.
func (w *walls) look(t *testing.T, key, path string) reply {
	t.Helper()
	a, err := w.send(key, request{method: http.MethodGet, url: "http://" + w.query + path, headers: claimHeaders()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// plainly is the answer with what the asker named itself taken out.
func plainly(a reply, ids map[string]string) reply {
	for _, name := range slices.Sorted(maps.Keys(ids)) { // an event's id first: it holds the two others
		a.body = strings.ReplaceAll(a.body, ids[name], name)
	}
	return a
}

var readers = []string{sibling, rival, "rival boss", "rival reader"}

// readByID asks for the victim's ids and for some that nobody has.
func (w *walls) readByID(t *testing.T, path string, own, nobodys map[string]string) {
	for _, who := range readers {
		for _, query := range []string{"", "?project_id=shop", "?tenant_id=acme&basis=known"} {
			shown := w.look(t, w.keys[who], fill(path, own)+query)
			is := plainly(shown, own)
			if !strings.Contains(path, "{") {
				if strings.Contains(shown.body, own["trace_id"]) {
					t.Errorf("%s asks %s%s and is shown the victim's trace: %s", who, path, query, shown.body)
				}
				continue
			}
			if was := plainly(w.look(t, w.keys[who], fill(path, nobodys)+query), nobodys); is != was {
				t.Errorf("%s asks for the victim's as %s and is answered\n%d %s\nand for nobody's\n%d %s", who, query, is.code, is.body, was.code, was.body)
			}
		}
	}
	// The span's own trace with a span of nobody's, and the other way round.
	mixed := map[string]string{"trace_id": own["trace_id"], "span_id": nobodys["span_id"]}
	if strings.Contains(path, "{span_id}") {
		is, was := plainly(w.look(t, w.keys[rival], fill(path, mixed)), mixed), plainly(w.look(t, w.keys[rival], fill(path, nobodys)), nobodys)
		if is != was {
			t.Errorf("a span of the victim's trace is answered %v, of nobody's %v", is, was)
		}
	}
}

// readByParameter puts what may be read as SQL into every parameter and into the path, for a key that has nothing of its own: whatever
// is answered, there is nothing of the victim's in it, and no fault of the server.
func (w *walls) readByParameter(t *testing.T, path string, names []string, nobodys map[string]string) {
	check := func(at string) int {
		t.Helper()
		a := w.look(t, w.keys["rival reader"], at)
		if a.code >= http.StatusInternalServerError {
			t.Errorf("%s answers %d %s", at, a.code, a.body)
		}
		for _, leak := range []string{"llm_spans", "SELECT", "tenant_id", "ClickHouse", "Code: "} {
			// What the asker wrote may stand in the answer.
			if strings.Contains(a.body, leak) && !strings.Contains(at, url.QueryEscape(leak)) && !strings.Contains(at, leak) {
				t.Errorf("%s shows %s: %s", at, leak, a.body)
			}
		}
		if strings.Contains(a.body, "What is the weather in Paris?") || strings.Contains(a.body, `"total_events":2`) {
			t.Errorf("%s shows the victim's: %s", at, a.body)
		}
		return a.code
	}
	var taken []string // those that are looked up as they are; the others are refused
	for _, name := range append(names, "tenant", "param_tenant", "database", "query") {
		if check(fill(path, nobodys)+"?"+url.Values{name: {sqlValues[0]}}.Encode()) != http.StatusBadRequest {
			taken = append(taken, name)
		}
	}
	for _, value := range sqlValues[1:] {
		query := url.Values{}
		for _, name := range taken {
			query.Set(name, value)
		}
		check(fill(path, nobodys) + "?" + query.Encode())
		if strings.Contains(path, "{") && len(value) < 2000 {
			check(fill(path, map[string]string{"trace_id": url.PathEscape(value), "span_id": url.PathEscape(value), "event_id": url.PathEscape(value)}))
		}
	}
	// The same name twice: nobody's reading of it may be the victim's.
	check(fill(path, nobodys) + "?project_id=shop&project_id=lab")
}

// readByRole asks with keys that may not read, with none, and with what only looks like one.
func (w *walls) readByRole(t *testing.T, path string, own map[string]string) {
	for who, key := range map[string]string{
		"nobody": "", "rival writer": w.keys["rival writer"], "rival accountant": w.keys["rival accountant"],
		"a cut key": w.keys[victim][:len(w.keys[victim])-1], "a key and more": w.keys[victim] + "x", "the tenant's name": "acme", "SQL": "' OR '1'='1",
	} {
		a := w.look(t, key, fill(path, own))
		if a.code != http.StatusUnauthorized && a.code != http.StatusForbidden && a.code != http.StatusServiceUnavailable || strings.Contains(a.body, own["trace_id"]) {
			t.Errorf("%s is answered %d %s", who, a.code, a.body)
		}
	}
	for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", "QUERY"} {
		a, err := w.send(w.keys[rival], request{method: method, url: "http://" + w.query + fill(path, own), contentType: jsonType, body: []byte(`{"tenant":"acme","project_id":"shop"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if method != http.MethodHead && a.code != http.StatusMethodNotAllowed || strings.Contains(a.body, own["trace_id"]) {
			t.Errorf("%s is answered %d %s", method, a.code, a.body)
		}
	}
}

// readCursor goes on with a list of the victim's under another key.
func (w *walls) readCursor(t *testing.T) {
	var first struct {
		Next string `json:"next_cursor"`
	}
	for range 2 {
		w.calls(t, victim, requestOf(1))
	}
	if _, err := w.get(w.keys[victim], "/api/v1/traces?limit=1", &first); err != nil || first.Next == "" {
		t.Fatalf("the victim's list has the cursor %q (%v)", first.Next, err)
	}
	for _, who := range []string{"rival reader", sibling} {
		var list traceList
		if _, err := w.get(w.keys[who], "/api/v1/traces?limit=1&cursor="+first.Next, &list); err != nil {
			t.Fatalf("%s: %v", who, err)
		}
		for _, trace := range list.Traces {
			if out := w.must1(t, "SELECT count() FROM llm_spans WHERE trace_id = '"+trace.TraceID+"' AND "+where(w.owners[who])); out == "0" {
				t.Errorf("%s goes on with the victim's cursor and is shown %s", who, trace.TraceID)
			}
		}
	}
}

// readPrices looks for the victim's own prices in what others are told of the book.
func (w *walls) readPrices(t *testing.T) {
	for _, path := range []string{"/api/v1/prices?provider=openai&model=gpt-5-mini", "/api/v1/prices/book", "/api/v1/prices/unknown"} {
		a := w.look(t, w.keys["rival boss"], path)
		if a.code != http.StatusOK {
			t.Errorf("%s answers %d %s", path, a.code, a.body)
		}
		for _, leak := range []string{"acme", "prices.yaml", w.dir, "*2"} {
			if strings.Contains(a.body, leak) {
				t.Errorf("%s shows %s: %s", path, leak, a.body)
			}
		}
	}
	var list struct {
		Prices []json.RawMessage `json:"prices"`
	}
	if _, err := w.get(w.keys["rival boss"], "/api/v1/prices?provider=openai&model=gpt-5-mini", &list); err != nil || len(list.Prices) == 0 {
		t.Errorf("%d prices of a model that everybody has (%v)", len(list.Prices), err)
	}
}
