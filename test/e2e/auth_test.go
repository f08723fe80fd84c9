package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// addKey makes a key while the collector runs; it is in force once the file has been looked at again.
func (i *instance) addKey(t *testing.T, tenant string, roles ...tenancy.Role) (key, id string) {
	t.Helper()
	k, record, err := apikey.Create(i.path("keys.yaml"), apikey.Record{Tenant: tenant, Project: tenancy.Default, Roles: roles}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return k.Reveal(), record.ID
}

// reload is the interval at which keys are looked at, with some room.
const reload = 10 * time.Second

func TestWhoMayDoWhat(t *testing.T) {
	i := shared.get(t)
	tenant, other := shared.tenant(t), shared.tenant(t)
	ingestOnly, _ := i.addKey(t, tenant, tenancy.RoleIngest)
	readOnly, readID := i.addKey(t, tenant, tenancy.RoleRead)
	within(t, reload, "new key in force", func() error {
		_, err := i.get(readOnly, "/api/v1/traces", &traceList{})
		return err
	})
	conn, err := dialGRPC(i.grpc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	wrong := i.keys[tenant][:len(i.keys[tenant])-1] + "~"

	secret := requestOf(1)
	if err := i.post(tenant, secret); err != nil {
		t.Fatal(err)
	}
	within(t, seenLimit, "the tenant's trace", func() error {
		list, err := i.traces(tenant)
		if err != nil {
			return err
		}
		return want("traces", len(list), 1)
	})

	for _, c := range []struct {
		name, key string
		http      int
		grpc      codes.Code
		list      int
		detail    int
	}{
		{"no key", "", http.StatusUnauthorized, codes.Unauthenticated, http.StatusUnauthorized, http.StatusUnauthorized},
		{"wrong key", wrong, http.StatusUnauthorized, codes.Unauthenticated, http.StatusUnauthorized, http.StatusUnauthorized},
		{"key that may only send", ingestOnly, http.StatusOK, codes.OK, http.StatusForbidden, http.StatusForbidden},
		{"key that may only read", readOnly, http.StatusForbidden, codes.PermissionDenied, http.StatusOK, http.StatusOK},
		{"key of another tenant", i.keys[other], http.StatusOK, codes.OK, http.StatusOK, http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, err := postTo(httpClient, i.http, c.key, requestOf(1))
			if err != nil || code != c.http {
				t.Errorf("OTLP/HTTP answers %d (%v), want %d", code, err, c.http)
			}
			if got := status.Code(exportTo(t.Context(), conn, c.key, requestOf(1))); got != c.grpc {
				t.Errorf("OTLP/gRPC answers %s, want %s", got, c.grpc)
			}
			if code, err := i.get(c.key, "/api/v1/traces?hours=24", &traceList{}); code != c.list {
				t.Errorf("the list answers %d (%v), want %d", code, err, c.list)
			}
			if code, err := i.get(c.key, "/api/v1/traces/"+traceOf(secret), &traceDetail{}); code != c.detail {
				t.Errorf("the trace answers %d (%v), want %d", code, err, c.detail)
			}
		})
	}

	// The other tenant sees what it sent above and nothing of the first.
	within(t, seenLimit, "the other tenant's own traces", func() error {
		list, err := i.traces(other)
		if err != nil {
			return err
		}
		for _, trace := range list {
			if trace.TraceID == traceOf(secret) {
				t.Fatal("a tenant sees another tenant's trace")
			}
		}
		return want("traces", len(list), 2)
	})

	if _, err := apikey.Revoke(i.path("keys.yaml"), readID, time.Now()); err != nil {
		t.Fatal(err)
	}
	within(t, reload, "revoked key refused", func() error {
		code, _ := i.get(readOnly, "/api/v1/traces", &traceList{})
		return want("status", code, http.StatusUnauthorized)
	})
}

// A payload that claims to be somebody else's is stored as the key's.
func TestPayloadCannotChooseItsTenant(t *testing.T) {
	i := shared.get(t)
	mine, victim := shared.tenant(t), shared.tenant(t)
	req := requestOf(1)
	rs := req.Traces().ResourceSpans().At(0)
	rs.Resource().Attributes().PutStr("watchllm.tenant.id", victim)
	rs.Resource().Attributes().PutStr("watchllm.project.id", "stolen")
	rs.ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("watchllm.tenant.id", victim)
	rs.ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("watchllm.cost.amount", "1000000")
	if err := i.post(mine, req); err != nil {
		t.Fatal(err)
	}
	within(t, seenLimit, "stored under the key's tenant", func() error {
		out, err := i.sql(fmt.Sprintf("SELECT tenant_id, project_id, toString(cost) FROM llm_spans WHERE trace_id = '%s'", traceOf(req)))
		if err != nil {
			return err
		}
		return want("row", out, mine+"\tdefault\t"+costCached)
	})
	list, err := i.traces(victim)
	if err != nil || len(list) != 0 {
		t.Errorf("the victim sees %d traces (%v), want none", len(list), err)
	}
}

// The doors that say whether the process is well need no key and tell nothing about anybody's data.
func TestHealthNeedsNoKey(t *testing.T) {
	i := shared.get(t)
	for _, url := range []string{"http://" + i.query + "/livez", "http://" + i.query + "/healthz", "http://" + i.query + "/readyz", "http://" + i.health} {
		if code, body, err := i.answers(url); err != nil || code != http.StatusOK {
			t.Errorf("%s answers %d %s (%v)", url, code, body, err)
		}
	}
}
