package settling

import (
	"maps"
	"slices"
	"time"

	"github.com/watchllm/watchllm/internal/semconv"
)

const (
	// apart is how far apart two reports of one call with the same id may lie: one may be a log event, or a copy out of a cache.
	apart = 10 * time.Minute
	// Longest is how long before a call the call that encloses it may have begun.
	Longest = 10 * time.Minute
	// slack is more than any rule allows two enclosing windows to overlap; the rule itself decides.
	slack = time.Second
)

type responseKey struct{ tenant, id string }

type tokenKey struct {
	tenant, service string
	input, output   int64
}

// keys are the means by which calls of a delivery can be found again in other traces.
type keys struct {
	responses map[responseKey][]*Row
	tokens    map[tokenKey][]*Row
}

func isCall(r *Row) bool {
	return r.Before.UsageRole == semconv.UsageRoleCall || r.Before.UsageRole == semconv.UsageRoleDuplicate
}

// newKeys takes the keys of calls; counts are one only where a service has several instrumentations.
func newKeys(rows []*Row, scopes *Scopes) keys {
	k := keys{map[responseKey][]*Row{}, map[tokenKey][]*Row{}}
	for _, r := range rows {
		if !isCall(r) {
			continue
		}
		if r.ResponseID != "" {
			key := responseKey{r.Tenant, r.ResponseID}
			k.responses[key] = append(k.responses[key], r)
		}
		if r.Input.Known && r.Output.Known && r.Input.N+r.Output.N > 0 && scopes.Several(r.Tenant, r.Service) {
			key := tokenKey{r.Tenant, r.Service, r.Input.N, r.Output.N}
			k.tokens[key] = append(k.tokens[key], r)
		}
	}
	return k
}

func (k keys) responseQuery() ResponseQuery {
	q := ResponseQuery{}
	var looks []Look
	tenants, ids := map[string]struct{}{}, map[string]struct{}{}
	for key, rows := range k.responses {
		tenants[key.tenant], ids[key.id] = struct{}{}, struct{}{}
		looks = appendLooks(looks, rows)
	}
	q.Tenants, q.IDs = slices.Sorted(maps.Keys(tenants)), slices.Sorted(maps.Keys(ids))
	q.Windows = Windows(looks, apart, apart)
	return q
}

func (k keys) tokenQuery() TokenQuery {
	q := TokenQuery{}
	var looks []Look
	tenants, services := map[string]struct{}{}, map[string]struct{}{}
	inputs, outputs := map[int64]struct{}{}, map[int64]struct{}{}
	for key, rows := range k.tokens {
		tenants[key.tenant], services[key.service] = struct{}{}, struct{}{}
		inputs[key.input], outputs[key.output] = struct{}{}, struct{}{}
		looks = appendLooks(looks, rows)
	}
	q.Tenants, q.Services = slices.Sorted(maps.Keys(tenants)), slices.Sorted(maps.Keys(services))
	q.Inputs, q.Outputs = slices.Sorted(maps.Keys(inputs)), slices.Sorted(maps.Keys(outputs))
	q.Windows = Windows(looks, slack, slack)
	return q
}

func appendLooks(looks []Look, rows []*Row) []Look {
	for _, r := range rows {
		looks = append(looks, Look{First: r.Start, Last: max(r.Start, r.End)})
	}
	return looks
}

// sameResponse and sameTokens report whether a found call may be one of the calls that were asked about.
func (k keys) sameResponse(m *Match) bool {
	for _, r := range k.responses[responseKey{m.Tenant, m.ResponseID}] {
		if r.TraceID != m.ID {
			return true
		}
	}
	return false
}

func (k keys) sameTokens(m *Match) bool {
	for _, r := range k.tokens[tokenKey{m.Tenant, m.Service, m.Input, m.Output}] {
		if r.TraceID != m.ID && r.Scope != m.Scope && (within(r.Start, r.End, m.Start, m.End) || within(m.Start, m.End, r.Start, r.End)) {
			return true
		}
	}
	return false
}

func within(innerStart, innerEnd, start, end int64) bool {
	return innerStart >= start-int64(slack) && innerEnd <= end+int64(slack)
}
