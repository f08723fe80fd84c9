package genai

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// A rule nobody would miss is a rule nobody tests.
func TestEverySettleRuleIsNeeded(t *testing.T) {
	all := slices.Concat(wrapperCases, responseCases, tokenCases, logInSpanCases, logNearSpanCases, aggregateCases)
	for _, rule := range settleRules {
		missed := 0
		for i := range all {
			if all[i].result(rule.name) != all[i].expected() {
				missed++
			}
		}
		assert.Positive(t, missed, "without %s every case still comes out right", rule.name)
	}
}

func TestNamelessSpansStandAlone(t *testing.T) {
	nameless := func(f *Fact) { f.SpanID = pcommon.SpanID{} }
	traceless := func(f *Fact) { f.TraceID = pcommon.TraceID{} }
	facts := []Fact{
		seen("a", 0, 9, tokens(10, 2), answer("r"), nameless), seen("b", 0, 9, tokens(10, 2), answer("r"), nameless),
		seen("c", 0, 9, tokens(10, 2), answer("r"), traceless, scoped("other")),
		seen("d", 0, 9, tokens(10, 2), of(semconv.RoleAgent), nameless),
	}
	Settle(facts)
	for i, want := range []string{"call", "call", "call", "aggregate"} {
		assert.Equal(t, want, verdictText(&facts[i]))
	}
}

// randomFacts draws from so few names, times and counts that every rule has work.
func randomFacts(r *rand.Rand, n int) []Fact {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	facts := make([]Fact, n)
	for i := range facts {
		from := int64(r.IntN(40)) * 1e6
		f := Fact{
			Tenant: pick("", "", "t2"), Project: pick("", "", "", "p2"), TraceID: pcommon.TraceID{byte(1 + r.IntN(4))}, SpanID: pcommon.SpanID{byte(1 + r.IntN(30))},
			Start: from, End: from + int64(r.IntN(40))*1e6, Scope: pick("a", "a", "b", "c"), Dialect: pick("gen_ai", "other"),
			Service: pick("shop", "shop", "gate"), Model: pick("m-1", "m-1-x", "n", ""),
			Role: pick(semconv.RoleLLM, semconv.RoleLLM, semconv.RoleLLM, semconv.RoleEmbedding, semconv.RoleAgent, semconv.RoleStep,
				semconv.RoleTool, semconv.RoleOther),
			ResponseID: pick("", "", "r-1", "r-2", "r-3"), Outcome: pick(semconv.OutcomeOk, semconv.OutcomeOk, semconv.OutcomeError),
			Detail: DetailOf(counts3([]int64{int64(r.IntN(2))}[:r.IntN(2)])), Handed: Handed{ConversationID: pick("", "", "c1", "c2")},
		}
		if r.IntN(3) > 0 {
			f.ParentID = pcommon.SpanID{byte(1 + r.IntN(30))}
		}
		if r.IntN(4) > 0 {
			f.Input, f.Output = known(int64(r.IntN(3))*10), known(int64(r.IntN(3)))
		}
		if IsModelRole(f.Role) && r.IntN(5) == 0 {
			f.FromLog, f.Event = true, pick("done", "details")
		}
		facts[i] = f
	}
	return facts
}

type settledSpan struct {
	key     string
	verdict Verdict
	handed  Handed
}

func settledSpans(facts []Fact) []settledSpan {
	byKey := map[string]settledSpan{}
	for i := range facts {
		f := &facts[i]
		s := settledSpan{fmt.Sprintf("%s/%s %x %x %v", f.Tenant, f.Project, f.TraceID, f.SpanID, f.FromLog), f.Verdict, f.Handed}
		if other, ok := byKey[s.key]; ok && other != s {
			panic("copies of one span came out differently: " + fmt.Sprint(other, s))
		}
		byKey[s.key] = s
	}
	out := make([]settledSpan, 0, len(byKey))
	for _, s := range byKey {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b settledSpan) int {
		if a.key < b.key {
			return -1
		}
		return 1
	})
	return out
}

// Any order, and any span any number of times, gives the same verdicts.
func TestSettleKnowsNoOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 2000 {
		facts := randomFacts(r, 1+r.IntN(40))
		first := slices.Clone(facts)
		Settle(first)
		want := settledSpans(first)
		for range 3 {
			again := slices.Clone(facts)
			for range r.IntN(10) {
				again = append(again, facts[r.IntN(len(facts))])
			}
			r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			Settle(again)
			require.Equal(t, want, settledSpans(again), "round %d", round)
		}
	}
}

// Whatever is counted by another span is counted there, and nowhere else.
func TestEveryDuplicateIsCountedOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	type key struct {
		tenant, project string
		trace           pcommon.TraceID
		span            pcommon.SpanID
	}
	for range 2000 {
		facts := randomFacts(r, 1+r.IntN(40))
		Settle(facts)
		counted := map[key]bool{}
		for i := range facts {
			if f := &facts[i]; f.Verdict.UsageRole == semconv.UsageRoleCall {
				counted[key{f.Tenant, f.Project, f.TraceID, f.SpanID}] = true
			}
		}
		for i := range facts {
			f := &facts[i]
			if f.Verdict.UsageRole == semconv.UsageRoleDuplicate {
				require.True(t, counted[key{f.Tenant, f.Project, f.Verdict.CountedIn, f.Verdict.CountedBy}], "%+v", f)
				require.NotEmpty(t, f.Verdict.Reason)
			} else {
				require.True(t, f.Verdict.CountedBy.IsEmpty())
			}
		}
	}
}

// manyFacts is a day of one kind of trouble.
func manyFacts(kind string, n int) []Fact {
	facts := make([]Fact, n)
	for i := range facts {
		f := seen("x", i, i+5, tokens(int64(i), 2))
		f.TraceID[0], f.TraceID[1], f.TraceID[2] = byte(1+i>>16), byte(i>>8), byte(i)
		f.SpanID = pcommon.SpanID{1, byte(i >> 16), byte(i >> 8), byte(i)}
		switch kind {
		case "plain":
			f.ResponseID = fmt.Sprint(i)
		case "same id":
			f.ResponseID = "r"
			f.Scope = fmt.Sprint(i % 2)
		case "same tokens at once":
			f.Input, f.Scope, f.Start, f.End = known(7), fmt.Sprint(i%2), int64(i%2), int64(1e12+i)
		case "lost tokens at once":
			f.Input, f.Output, f.Scope, f.Start, f.End = Count{}, Count{}, fmt.Sprint(i%2), int64(i%2), int64(1e12+i)
		case "one trace":
			f.TraceID = pcommon.TraceID{1}
			f.ParentID = pcommon.SpanID{1, byte((i - 1) >> 16), byte((i - 1) >> 8), byte(i - 1)}
		case "failing below one":
			f.TraceID, f.ParentID = pcommon.TraceID{1}, pcommon.SpanID{1}
			f.Outcome, f.Input, f.Output = semconv.OutcomeError, Count{}, Count{}
		case "sums and calls":
			f.TraceID = pcommon.TraceID{1}
			if f.End += 1e12; i%2 == 0 {
				f.Role = semconv.RoleAgent
			}
		case "logs":
			f.Input, f.FromLog, f.Event = known(7), i%2 == 0, "done"
		}
		facts[i] = f
	}
	return facts
}

var troubles = []string{"plain", "same id", "same tokens at once", "lost tokens at once", "one trace", "failing below one", "sums and calls", "logs"}

// No kind of trouble makes the work quadratic: ten times the spans take about ten times the steps, not a hundred times.
func TestSettleIsNotQuadratic(t *testing.T) {
	steps := func(kind string, n int) int {
		s := newSettling(manyFacts(kind, n))
		defer s.release()
		for i := range settleRules {
			settleRules[i].apply(s)
		}
		s.write()
		return s.steps
	}
	for _, kind := range troubles {
		t.Run(kind, func(t *testing.T) {
			few, many := steps(kind, 3_000), steps(kind, 30_000)
			t.Log(few, many)
			assert.Less(t, many, 15*few+30_000)
		})
	}
}

func BenchmarkSettle(b *testing.B) {
	for _, kind := range troubles {
		for _, n := range []int{2, 100, 50_000} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				facts := manyFacts(kind, n)
				b.ReportAllocs()
				for b.Loop() {
					Settle(facts)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/span")
			})
		}
	}
}
