package genai

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// seen is a span as the tables of the rules write it: "name" or "name<parent", from and to in milliseconds, and what else is unusual.
func seen(name string, from, to int, more ...func(*Fact)) Fact {
	name, parent, _ := strings.Cut(name, "<")
	f := Fact{
		TraceID: pcommon.TraceID{1}, SpanID: idOf(name), ParentID: idOf(parent), Start: int64(from) * 1e6, End: int64(to) * 1e6,
		Role: semconv.RoleLLM, Scope: "lib", Dialect: "gen_ai", Service: "shop", Model: "m-1", Outcome: semconv.OutcomeOk,
	}
	for _, m := range more {
		m(&f)
	}
	return f
}

func tokens(in, out int64) func(*Fact) {
	return func(f *Fact) { f.Input, f.Output = known(in), known(out) }
}

func of(role string) func(*Fact)        { return func(f *Fact) { f.Role = role } }
func scoped(scope string) func(*Fact)   { return func(f *Fact) { f.Scope = scope } }
func answer(id string) func(*Fact)      { return func(f *Fact) { f.ResponseID = id } }
func inTrace(n byte) func(*Fact)        { return func(f *Fact) { f.TraceID = pcommon.TraceID{n} } }
func model(name string) func(*Fact)     { return func(f *Fact) { f.Model = name } }
func inService(name string) func(*Fact) { return func(f *Fact) { f.Service = name } }
func inTenant(name string) func(*Fact)  { return func(f *Fact) { f.Tenant = name } }
func detailed(parts ...int64) func(*Fact) {
	return func(f *Fact) { f.Detail = DetailOf(counts3(parts)) }
}
func cached(n int64) func(*Fact) {
	return func(f *Fact) { f.Cached, f.Detail = n, DetailOf(known(n), Count{}, Count{}) }
}
func reasoned(n int64) func(*Fact) {
	return func(f *Fact) { f.Reasoned, f.Detail = n, DetailOf(Count{}, Count{}, known(n)) }
}
func failing(f *Fact) { f.Outcome = semconv.OutcomeError }

func logged(event string) func(*Fact) {
	return func(f *Fact) { f.FromLog, f.Event = true, event }
}

func counts3(parts []int64) (a, b, c Count) {
	var all [3]Count
	for i, n := range parts {
		all[i] = known(n)
	}
	return all[0], all[1], all[2]
}

// settleCase says what becomes of each span: "call", "aggregate", "none", "sum" for a sum that counts, or "duplicate <span> <reason>".
type settleCase struct {
	name  string
	facts []Fact
	want  string // "span: verdict", one a line
}

func nameOf(id pcommon.SpanID) string { return strings.TrimRight(string(id[:]), "\x00") }

func verdictText(f *Fact) string {
	v := f.Verdict
	switch {
	case v.UsageRole == semconv.UsageRoleCall && v.FromAggregate():
		return "sum"
	case v.UsageRole == semconv.UsageRoleDuplicate:
		return fmt.Sprintf("duplicate %s %s", nameOf(v.CountedBy), v.Reason)
	case v.Reason != "" || !v.CountedBy.IsEmpty():
		return fmt.Sprintf("%+v", v)
	default:
		return v.UsageRole
	}
}

func outcome(facts []Fact) string {
	var b strings.Builder
	for i := range facts {
		fmt.Fprintf(&b, "%s: %s\n", nameOf(facts[i].SpanID), verdictText(&facts[i]))
	}
	return b.String()
}

func (c *settleCase) result(skip string) string {
	facts := append([]Fact(nil), c.facts...)
	settleWithout(facts, skip)
	return outcome(facts)
}

func (c *settleCase) expected() string {
	var b strings.Builder
	for line := range strings.Lines(c.want) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// runSettleCases checks a table, each case also shuffled and with every span twice.
func runSettleCases(t *testing.T, cases []settleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.expected(), c.result(""))
			r := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				facts := append(append([]Fact(nil), c.facts...), c.facts...)
				r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
				Settle(facts)
				byName := map[string]string{}
				for i := range facts {
					byName[nameOf(facts[i].SpanID)] = verdictText(&facts[i])
				}
				for i := range c.facts {
					name := nameOf(c.facts[i].SpanID)
					assert.Contains(t, c.expected(), name+": "+byName[name]+"\n")
				}
			}
		})
	}
}
