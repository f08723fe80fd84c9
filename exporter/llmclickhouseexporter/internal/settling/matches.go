package settling

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// The rules that decide are in genai; what is looked for here is a little wider than they are, and never narrower.
const (
	// apart is how far the windows of two reports of one answer may lie from each other.
	apart = 2*time.Minute + 10*time.Second
	// Longest is how long before a call the one that encloses it may have begun.
	Longest = 10 * time.Minute
	// slack is how far two windows of one call may stick out of each other.
	slack = int64(time.Second)
	// logDelay is how long after a call its log event may come.
	logDelay = int64(3 * time.Second)
)

type responseKey struct{ tenant, project, id string }

type tokenKey struct {
	tenant, project, service, role string
	input, output                  int64
}

type callerKey struct {
	tenant, project, service, role string
	failed                         bool
}

// keys are the means by which calls can be found again in other traces.
type keys struct {
	responses map[responseKey][]*genai.Fact
	tokens    map[tokenKey][]*genai.Fact
	callers   map[callerKey][]*genai.Fact
}

func isCall(role string) bool {
	return role == semconv.UsageRoleCall || role == semconv.UsageRoleDuplicate
}

// newKeys takes the keys of calls; anything but the id of the answer is one only where calls can be compared by their counts.
func newKeys(rows []*Row, comparable func(*genai.Fact) bool) keys {
	k := keys{map[responseKey][]*genai.Fact{}, map[tokenKey][]*genai.Fact{}, map[callerKey][]*genai.Fact{}}
	for _, r := range rows {
		if !isCall(r.Before.UsageRole) {
			continue
		}
		f := &r.Fact
		if f.ResponseID != "" {
			key := responseKey{f.Tenant, f.Project, f.ResponseID}
			k.responses[key] = append(k.responses[key], f)
		}
		if !comparable(f) {
			continue
		}
		if hasCounts(f) {
			for _, key := range tokensOf(f) {
				k.tokens[key] = append(k.tokens[key], f)
			}
		}
		key := callerOf(f)
		k.callers[key] = append(k.callers[key], f)
	}
	return k
}

func hasCounts(f *genai.Fact) bool { return f.Input.N+f.Output.N > 0 }

// tokensOf are the counts that another report of the call may have: a client that leaves the cache out gives the uncached input, one that
// leaves the reasoning out the rest of the output.
func tokensOf(f *genai.Fact) []tokenKey {
	keys := []tokenKey{{f.Tenant, f.Project, f.Service, f.Role, f.Input.N, f.Output.N}}
	if n, ok := f.Uncached(); ok {
		keys = append(keys, tokenKey{f.Tenant, f.Project, f.Service, f.Role, n, f.Output.N})
	}
	if n, ok := f.Unreasoned(); ok {
		keys = append(keys, tokenKey{f.Tenant, f.Project, f.Service, f.Role, f.Input.N, n})
	}
	return keys
}

func callerOf(f *genai.Fact) callerKey {
	return callerKey{f.Tenant, f.Project, f.Service, f.Role, f.Outcome == semconv.OutcomeError}
}

// oneOwner reports whether all calls are of one tenant and project. Otherwise nobody can tell whose neighbours are too many, and one
// who sends a crowd of calls would keep another's from being compared.
func (k keys) oneOwner() bool {
	var first *callerKey
	for key := range k.callers {
		if first == nil {
			first = &key
		}
		if key.tenant != first.tenant || key.project != first.project {
			return false
		}
	}
	return true
}

func (k keys) responseQuery() ResponseQuery {
	var looks []Look
	tenants, ids := map[string]struct{}{}, map[string]struct{}{}
	for key, calls := range k.responses {
		tenants[key.tenant], ids[key.id] = struct{}{}, struct{}{}
		looks = appendLooks(looks, calls)
	}
	return ResponseQuery{Tenants: sorted(tenants), IDs: sorted(ids), Windows: Windows(looks, apart, apart)}
}

func (k keys) tokenQuery() TokenQuery {
	var looks []Look
	tenants, services, silent := map[string]struct{}{}, map[string]struct{}{}, map[string]struct{}{}
	counts := map[Counts]struct{}{}
	for key, calls := range k.callers {
		tenants[key.tenant], services[key.service] = struct{}{}, struct{}{}
		looks = appendLooks(looks, calls)
		for _, f := range calls {
			for _, key := range tokensOf(f) {
				counts[Counts{key.input, key.output}] = struct{}{}
			}
			if !hasCounts(f) {
				silent[key.service] = struct{}{}
			}
		}
	}
	return TokenQuery{
		Tenants: sorted(tenants), Services: sorted(services), Silent: sorted(silent),
		Counts:  slices.SortedFunc(maps.Keys(counts), func(a, b Counts) int { return cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.Output, b.Output)) }),
		Windows: Windows(looks, time.Duration(logDelay), time.Duration(logDelay)),
	}
}

func sorted(set map[string]struct{}) []string { return slices.Sorted(maps.Keys(set)) }

func appendLooks(looks []Look, calls []*genai.Fact) []Look {
	for _, f := range calls {
		looks = append(looks, Look{First: f.Start, Last: max(f.Start, f.End)})
	}
	return looks
}

// sameResponse and sameWindow return a call of another trace that the found one may be another report of.
func (k keys) sameResponse(m *Match) *genai.Fact {
	return elsewhere(k.responses[responseKey{m.Tenant, m.Project, m.ResponseID}], func(f *genai.Fact) bool { return f.TraceID != m.TraceID })
}

func (k keys) sameWindow(m *Match) *genai.Fact {
	if hasCounts(&m.Fact) {
		for _, key := range tokensOf(&m.Fact) {
			if f := elsewhere(k.tokens[key], func(f *genai.Fact) bool { return differs(f, &m.Fact) && near(f, &m.Fact) }); f != nil {
				return f
			}
		}
	}
	return elsewhere(k.callers[callerOf(&m.Fact)], func(f *genai.Fact) bool {
		return !(hasCounts(f) && hasCounts(&m.Fact)) && differs(f, &m.Fact) && near(f, &m.Fact)
	})
}

func elsewhere(calls []*genai.Fact, fits func(*genai.Fact) bool) *genai.Fact {
	if i := slices.IndexFunc(calls, fits); i >= 0 {
		return calls[i]
	}
	return nil
}

func differs(a, b *genai.Fact) bool { return a.TraceID != b.TraceID && sourceOf(a) != sourceOf(b) }

// near reports whether two windows may be of one call: one in the other, or, for a log event, that touch or end about together.
func near(a, b *genai.Fact) bool {
	if a.FromLog || b.FromLog {
		gap := max(a.End-b.End, b.End-a.End)
		return gap <= logDelay || a.Start <= b.End+slack && b.Start <= a.End+slack
	}
	return within(a, b) || within(b, a)
}

func within(in, out *genai.Fact) bool { return in.Start >= out.Start-slack && in.End <= out.End+slack }
