package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// The people of the test. acme/shop is the victim: everybody else claims to be it, names its ids and asks for its data.
const (
	victim  = "acme/shop"
	sibling = "acme/lab"   // another project of the victim's tenant
	rival   = "rival/shop" // another tenant, whose project has the victim's name
	slow    = "slow/shop"  // has a limit that others try to use up
)

// everybody is attacked by both kinds of neighbour.
var neighbours = []string{sibling, rival}

const wallsConfig = `
receivers:
  llm_event:
    foreign:
      merge_wait: 1s
processors:
  llm_tenant:
    limits:
      tenants:
        slow:
          rate: {spans: 1, burst: 30s}
`

// Prices of the victim's own: what it pays for a call must not show on, nor come from, anybody else's.
const wallsPrices = `
tenants:
  acme:
    - {times: 2}
`

// walls is the instance all attempts are made on, with a key for everybody.
type walls struct {
	*instance
	conn *grpc.ClientConn
	// owners are the tenant and the project of each key, as tenant/project. Doors and stories have projects of their own, so that what
	// they sent can be told apart.
	owners map[string]string
}

// TestWalls tries to read, write, spend and delete across tenants, and across projects of one, through every door there is.
// A route that is added to the query API or to a vendor's client and has no attempt here fails it.
func TestWalls(t *testing.T) {
	w := startWalls(t)
	t.Run("write", w.write)
	t.Run("two keys in one request", w.twoKeys)
	t.Run("forged ids", w.forgedIDs)
	t.Run("read", w.read)
	t.Run("spend", w.spend)
	t.Run("delete", w.remain)
	t.Run("engine", w.engine)
	t.Run("nobody else has rows", w.knownOwners)
}

func startWalls(t *testing.T) *walls {
	t.Helper()
	i := prepareInstance(t, nil, wallsConfig)
	w := &walls{instance: i, owners: map[string]string{}}
	prices := filepath.Join(i.dir, "prices.yaml")
	if err := os.WriteFile(prices, []byte(wallsPrices), 0o600); err != nil {
		t.Fatal(err)
	}
	i.env = append(i.env, "WATCHLLM_PRICES=["+prices+"]")
	all := []tenancy.Role{tenancy.RoleIngest, tenancy.RoleRead}
	for _, who := range []string{victim, sibling, rival, slow} {
		w.addOwner(t, who, who, all...)
	}
	w.addOwner(t, "acme boss", victim, tenancy.RoleAdmin)
	w.addOwner(t, "rival boss", rival, tenancy.RoleAdmin)
	w.addOwner(t, "rival writer", rival, tenancy.RoleIngest)
	w.addOwner(t, "rival reader", rival, tenancy.RoleRead)
	w.addOwner(t, "rival accountant", rival, tenancy.RoleBilling)
	for n, door := range writeDoors {
		w.addOwner(t, door.name, fmt.Sprintf("writer/door-%02d", n), all...)
	}
	w.addForgers(t)
	i.start(t)
	i.waitReady(t)
	conn, err := dialGRPC(i.grpc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w.conn = conn
	return w
}

// addOwner makes a key under a name of the test's own.
func (w *walls) addOwner(t *testing.T, name, owner string, roles ...tenancy.Role) {
	t.Helper()
	tenant, project, _ := strings.Cut(owner, "/")
	key, _, err := apikey.Create(w.path("keys.yaml"), apikey.Record{Tenant: tenant, Project: project, Roles: roles}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.keys[name], w.owners[name] = key.Reveal(), owner
}

// request is one attempt over HTTP.
type request struct {
	method, url, contentType string
	headers                  http.Header
	body                     []byte
	// refusable requests may be refused; the refusal is the answer to look at.
	refusable bool
}

// reply is what an attempt was answered, with what differs between any two requests taken out.
type reply struct {
	code int
	body string
}

func (w *walls) send(key string, r request) (reply, error) {
	req, err := http.NewRequest(r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return reply{}, err
	}
	for name, values := range r.headers {
		req.Header[name] = values
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if key != "" {
		req.Header.Set("X-Api-Key", key)
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	text := strings.ReplaceAll(string(body), resp.Header.Get("X-Request-Id"), "")
	return reply{resp.StatusCode, strings.TrimSpace(text)}, err
}

// must sends and wants to be accepted.
func (w *walls) must(t *testing.T, who string, r request) reply {
	t.Helper()
	a, err := w.send(w.keys[who], r)
	if err != nil || a.code/100 != 2 && !r.refusable {
		t.Fatalf("%s: %s %s answers %d %s (%v)", who, r.method, r.url, a.code, a.body, err)
	}
	return a
}

func (w *walls) must1(t *testing.T, statement string) string {
	t.Helper()
	out, err := w.sql(statement)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// calls sends calls over OTLP and waits until they are stored.
func (w *walls) calls(t *testing.T, who string, req ptraceotlp.ExportRequest) {
	t.Helper()
	rows := w.rowsNow(t, w.owners[who]) + req.Traces().SpanCount()
	w.must(t, who, request{method: http.MethodPost, url: "http://" + w.http + "/v1/traces", contentType: protobufType, body: raw(t, req)})
	w.has(t, w.owners[who], rows)
}

func where(owner string) string {
	tenant, project, _ := strings.Cut(owner, "/")
	return fmt.Sprintf("tenant_id = '%s' AND project_id = '%s'", tenant, project)
}

// spans are what is one row of an owner once its copies are put together.
const spans = "uniqExact(start_time, trace_id, span_id)"

// count is how many rows an owner has.
func (w *walls) count(owner string) (string, error) {
	return w.sql("SELECT " + spans + " FROM llm_spans WHERE " + where(owner))
}

// has waits until an owner has so many rows more than before.
func (w *walls) has(t *testing.T, owner string, rows int) {
	t.Helper()
	within(t, lateLimit, fmt.Sprintf("%d rows of %s", rows, owner), func() error {
		out, err := w.count(owner)
		if err != nil {
			return err
		}
		return want("rows", out, fmt.Sprint(rows))
	})
}

// rowsNow is has for a count that is not known beforehand.
func (w *walls) rowsNow(t *testing.T, owner string) int {
	t.Helper()
	out, err := w.count(owner)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if _, err := fmt.Sscan(out, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// all is every row of an owner with every column, as the store hands it out.
func (w *walls) all(t *testing.T, owner string) string {
	t.Helper()
	return w.must1(t, "SELECT * FROM llm_spans_known WHERE "+where(owner)+" ORDER BY start_time, trace_id, span_id FORMAT JSONEachRow")
}

// unchanged complains about every row of an owner that is not what it was.
func (w *walls) unchanged(t *testing.T, owner, before string) {
	t.Helper()
	after := w.all(t, owner)
	if after == before {
		return
	}
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	t.Errorf("%s had %d rows and has %d", owner, len(was), len(is))
	for _, row := range was {
		if !slices.Contains(is, row) {
			t.Errorf("gone or changed: %s", row)
		}
	}
	for _, row := range is {
		if !slices.Contains(was, row) {
			t.Errorf("new or changed: %s", row)
		}
	}
}

// knownOwners says that whatever was claimed, nobody has rows but those who have keys.
func (w *walls) knownOwners(t *testing.T) {
	known := map[string]bool{}
	for _, owner := range w.owners {
		known[owner] = true
	}
	got := w.must1(t, "SELECT DISTINCT concat(tenant_id, '/', project_id) AS owner FROM llm_spans ORDER BY owner")
	for owner := range strings.FieldsSeq(got) {
		if !known[owner] {
			t.Errorf("somebody without a key has rows: %s", owner)
		}
	}
	for _, column := range []string{"resource_attributes", "attributes_string", "scope_attributes"} {
		out := w.must1(t, "SELECT count() FROM llm_spans WHERE arrayExists(k -> match(k, '^watchllm[.](tenant|project)([.]|$)'), mapKeys("+column+"))")
		if out != "0" {
			t.Errorf("%s rows keep a claim in %s", out, column)
		}
	}
}

// counts are the rows of every owner.
func (w *walls) counts() (map[string]int, error) {
	out, err := w.sql("SELECT concat(tenant_id, '/', project_id) AS owner, " + spans + " FROM llm_spans GROUP BY owner")
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for line := range strings.Lines(out) {
		var owner string
		var n int
		if _, err := fmt.Sscan(line, &owner, &n); err != nil {
			return nil, err
		}
		counts[owner] = n
	}
	return counts, nil
}
