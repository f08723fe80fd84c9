package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// claims are the names under which somebody may try to be the victim, with what is claimed.
var claims = map[string]string{
	"watchllm.tenant.id": "acme", "watchllm.project.id": "shop", "watchllm.tenant": "acme", "watchllm.project": "shop",
	"watchllm.tenant.name": "acme", "watchllm.project.roles": "admin", "WatchLLM.Tenant.ID": "acme", "WATCHLLM_TENANT_ID": "acme",
	"watchllm.tenant_id": "acme", "watchllm.key.id": "k", "tenant": "acme", "tenant_id": "acme", "tenant.id": "acme", "tenantId": "acme",
	"project": "shop", "project_id": "shop", "project.id": "shop", "projectId": "shop", "organization": "acme", "org_id": "acme",
	"x-scope-orgid": "acme", "retention_days": "1", "watchllm.retention.days": "1", "watchllm.usage.counted_by": "0:0",
	"tenant_id) VALUES ('acme'": "'); DELETE FROM llm_spans WHERE tenant_id = 'acme'; --",
}

// claimHeaders are the headers proxies and other products carry a tenant in.
func claimHeaders() http.Header {
	h := http.Header{
		"Baggage":    {"watchllm.tenant.id=acme,watchllm.project.id=shop,tenant_id=acme,project_id=shop"},
		"Tracestate": {"watchllm=acme:shop"}, "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		"Cookie": {"tenant=acme; project=shop"}, "Forwarded": {"for=acme;host=acme"},
	}
	for _, name := range []string{
		"X-Tenant", "X-Tenant-Id", "X-Scope-Orgid", "X-Org-Id", "X-Organization", "X-Watchllm-Tenant", "X-Watchllm-Tenant-Id",
		"X-Forwarded-User", "X-Forwarded-Host", "X-Forwarded-Tenant", "X-Remote-User", "X-Original-User", "Remote-User", "Tenant", "Tenant_id",
		"Watchllm.tenant.id", "Dd-Tenant", "Openai-Organization", "X-Bt-Org-Name",
	} {
		h[name] = []string{"acme"}
	}
	for _, name := range []string{"X-Project", "X-Project-Id", "X-Watchllm-Project", "X-Watchllm-Project-Id", "Openai-Project", "Project_id", "X-Bt-Parent", "Helicone-Property-Project", "Langsmith-Project"} {
		h[name] = []string{"shop"}
	}
	return h
}

// claimQuery is the same in the address.
func claimQuery() string {
	q := url.Values{}
	for name, value := range claims {
		q.Set(name, value)
	}
	return q.Encode()
}

// claimMembers are the claims as members of a JSON object, each name twice and the second time as an object and a list.
func claimMembers() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		key, _ := json.Marshal(name)
		value, _ := json.Marshal(claims[name])
		fmt.Fprintf(&b, `%s:%s,%s:%s,`, key, value, key, value)
	}
	b.WriteString(`"watchllm":{"tenant":{"id":"acme"},"project":{"id":"shop"}},"nested":[{"watchllm.tenant.id":"acme"}],"resource":{"watchllm.tenant.id":"acme","watchllm.project.id":"shop"}`)
	return b.String()
}

// claimObject is an object of nothing else.
func claimObject() string { return "{" + claimMembers() + "}" }

// claimIn puts the claims into a map, as text and, deeper, as what else an attribute may be.
func claimIn(m pcommon.Map) {
	for name, value := range claims {
		m.PutStr(name, value)
	}
	deep := m.PutEmptyMap("deep")
	list := m.PutEmptySlice("list")
	listed := list.AppendEmpty().SetEmptyMap()
	for name, value := range claims {
		deep.PutStr(name, value)
		listed.PutStr(name, value)
	}
	deep.PutEmptyMap("watchllm.tenant").PutStr("id", "acme")
	deep.PutEmptyBytes("watchllm.project.id").FromRaw([]byte("shop"))
	m.PutEmptyMap("watchllm.tenant.more").PutStr("watchllm.tenant.id", "acme")
	m.PutEmptyBytes("watchllm.project.bytes").FromRaw([]byte("shop"))
}
