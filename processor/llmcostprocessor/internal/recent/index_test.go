package recent

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

func id(n int) (span pcommon.SpanID) {
	binary.BigEndian.PutUint64(span[:], uint64(n))
	return span
}

// call is span n of a trace.
func call(trace byte, n int, more ...func(*genai.Fact)) genai.Fact {
	f := genai.Fact{
		Tenant: "t", TraceID: pcommon.TraceID{trace}, SpanID: id(n), Start: 100, End: 200, Role: semconv.RoleLLM, Scope: "lib", Service: "shop",
		Input: genai.Count{N: int64(1000 + n), Known: true}, Output: genai.Count{N: 1, Known: true},
	}
	for _, m := range more {
		m(&f)
	}
	return f
}

func answer(id string) func(*genai.Fact) { return func(f *genai.Fact) { f.ResponseID = id } }
func by(scope string) func(*genai.Fact)  { return func(f *genai.Fact) { f.Scope = scope } }
func ordinary(f *genai.Fact) {
	f.Role, f.Input, f.Output = semconv.RoleOther, genai.Count{}, genai.Count{}
}
func below(n int) func(*genai.Fact) { return func(f *genai.Fact) { f.ParentID = id(n) } }

// reasoned adds reasoning to the output.
func reasoned(n int64) func(*genai.Fact) {
	return func(f *genai.Fact) { f.Output.N, f.Reasoned = f.Output.N+n, n }
}

func newIndex(limits Limits) *Index {
	if limits.MaxAge == 0 {
		limits.MaxAge = time.Minute
	}
	if limits.MaxSpans == 0 {
		limits.MaxSpans = 1000
	}
	if limits.MaxSpansPerTenant == 0 {
		limits.MaxSpansPerTenant = limits.MaxSpans
	}
	return New(limits)
}

// recalled lists the spans that come back for some facts, without these.
func recalled(x *Index, now time.Duration, facts ...genai.Fact) []string {
	var out []string
	for _, f := range x.Recall(facts, int64(now))[len(facts):] {
		out = append(out, fmt.Sprintf("%d/%d", f.TraceID[0], binary.BigEndian.Uint64(f.SpanID[:])))
	}
	return out
}

func TestRecall(t *testing.T) {
	for _, tt := range []struct {
		name string
		have []genai.Fact
		now  genai.Fact
		want []string
	}{
		{"nothing in common", []genai.Fact{call(1, 1)}, call(2, 2), nil},
		{"the same trace", []genai.Fact{call(1, 1), call(2, 2)}, call(1, 3), []string{"1/1"}},
		{"the same answer", []genai.Fact{call(1, 1, answer("r")), call(2, 2, answer("q"))}, call(3, 3, answer("r")), []string{"1/1"}},
		{"the same counts at the same time", []genai.Fact{call(1, 7)}, call(2, 7, by("else")), []string{"1/7"}},
		{"the same counts of one source", []genai.Fact{call(1, 7)}, call(2, 7), nil},
		{"the same counts of both sources", []genai.Fact{call(1, 7), call(2, 7, by("else"))}, call(3, 7), []string{"2/7", "1/7"}},
		{
			"the same counts long ago",
			[]genai.Fact{call(1, 7)},
			call(2, 7, by("else"), func(f *genai.Fact) { f.Start, f.End = int64(time.Hour), int64(2*time.Hour) }), nil,
		},
		{"the counts of one that left the reasoning out", []genai.Fact{call(1, 7)}, call(2, 7, by("else"), reasoned(4)), []string{"1/7"}},
		{"the counts of one that has the reasoning", []genai.Fact{call(1, 7, reasoned(4))}, call(2, 7, by("else")), []string{"1/7"}},
		{
			"one leaves the cache out",
			[]genai.Fact{call(1, 7)},
			call(2, 7, by("else"), func(f *genai.Fact) { f.Input.N += 5; f.Cached = 5 }), []string{"1/7"},
		},
		{
			"the earlier one has the cache",
			[]genai.Fact{call(1, 7, func(f *genai.Fact) { f.Input.N += 5; f.Cached = 5 })},
			call(2, 7, by("else")), []string{"1/7"},
		},
		{"the same counts in another service", []genai.Fact{call(1, 7)}, call(2, 7, by("else"), func(f *genai.Fact) { f.Service = "else" }), nil},
		{"another tenant", []genai.Fact{call(1, 7, answer("r"))}, call(1, 7, answer("r"), func(f *genai.Fact) { f.Tenant = "u" }), nil},
		{"another project", []genai.Fact{call(1, 7, answer("r")), call(1, 9, ordinary)}, call(1, 8, answer("r"), below(9), func(f *genai.Fact) { f.Project = "p" }), nil},
		{"another project's span of the same ids", []genai.Fact{call(1, 7, answer("r"))}, call(1, 7, answer("r"), func(f *genai.Fact) { f.Project = "p" }), nil},
		{"the trace of a call with the same answer", []genai.Fact{call(1, 1, answer("r")), call(1, 2)}, call(3, 3, answer("r")), []string{"1/1", "1/2"}},
		{"ordinary spans above", []genai.Fact{call(1, 1), call(1, 2, ordinary, below(1)), call(1, 9, ordinary)}, call(1, 3, below(2)), []string{"1/1", "1/2"}},
		{"ordinary spans above a remembered call", []genai.Fact{call(1, 2, ordinary, below(3)), call(1, 1, below(2))}, call(1, 3), []string{"1/1", "1/2"}},
		{"its earlier self", []genai.Fact{call(1, 1)}, call(1, 1), nil},
		{"an ordinary span asks for nothing", []genai.Fact{call(1, 1)}, call(1, 2, ordinary), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newIndex(Limits{})
			x.Recall(append([]genai.Fact(nil), tt.have...), 0)
			assert.Equal(t, tt.want, recalled(x, time.Second, tt.now))
		})
	}
}

func TestFactsComeBackWhole(t *testing.T) {
	x := newIndex(Limits{})
	f := call(1, 1, answer("r"), below(9))
	f.Dialect, f.Model, f.FromLog, f.Event, f.Detail, f.Outcome = "gen_ai", "m", true, "done", 7, semconv.OutcomeError
	f.Reasoned = 1
	f.Handed = genai.Handed{ConversationID: "c", PromptVersion: "3"}
	x.Recall([]genai.Fact{f}, 0)
	assert.Equal(t, f, x.Recall([]genai.Fact{call(1, 2)}, 0)[1])
}

func TestOldSpansAreForgotten(t *testing.T) {
	x := newIndex(Limits{MaxAge: 10 * time.Second})
	x.Recall([]genai.Fact{call(1, 1)}, 0)
	x.Recall([]genai.Fact{call(2, 2)}, 0)
	assert.Equal(t, []string{"1/1"}, recalled(x, 8*time.Second, call(1, 3)), "asking for a trace keeps it")
	assert.Equal(t, []string{"1/3", "1/1"}, recalled(x, 16*time.Second, call(1, 4)))
	assert.Empty(t, recalled(x, 16*time.Second, call(2, 5)))
	assert.Empty(t, recalled(x, 60*time.Second, call(1, 6)))
	assert.Equal(t, Stats{Spans: 1, EvictedAge: 5}, x.Stats())
	assert.EqualValues(t, 4, x.slots.used, "the space is used again")
}

func TestTheOldestMakeRoom(t *testing.T) {
	x := newIndex(Limits{MaxSpans: 5, MaxSpansPerTenant: 3})
	for n := range 4 {
		x.Recall([]genai.Fact{call(1, n+1)}, 0)
	}
	assert.Equal(t, Stats{Spans: 3, EvictedSize: 1}, x.Stats())
	for n := range 4 {
		x.Recall([]genai.Fact{call(2, n+1, func(f *genai.Fact) { f.Tenant = "u" })}, 0)
	}
	assert.Equal(t, Stats{Spans: 5, EvictedSize: 3}, x.Stats(), "one for its tenant's share, one more for the whole")
	assert.Len(t, x.tenants, 2)
	one := newIndex(Limits{MaxSpans: 1})
	one.Recall([]genai.Fact{call(1, 1)}, 0)
	one.Recall([]genai.Fact{call(1, 2)}, 0)
	assert.Equal(t, []string{"1/2"}, recalled(one, 0, call(1, 3)))
	assert.Len(t, one.tenants, 1)
}

// A made-up id of a megabyte, or a trace that never ends, takes what it may and no more.
func TestMemoryIsBounded(t *testing.T) {
	assert.LessOrEqual(t, int(unsafe.Sizeof(slot{})+unsafe.Sizeof(names{})+uintptr(chains)*4*unsafe.Sizeof(entry{}))+13*MaxText, MaxBytesPerSpan)
	x := newIndex(Limits{})
	long := strings.Repeat("x", MaxText+1)
	f := call(1, 1, answer(long))
	f.Model, f.Handed.UserID = long, long
	x.Recall([]genai.Fact{f}, 0)
	back := x.Recall([]genai.Fact{call(1, 2)}, 0)[1]
	assert.Empty(t, back.ResponseID+back.Model+back.Handed.UserID)
	f.Service = long
	x.Recall([]genai.Fact{f}, 0)
	assert.Equal(t, 1, x.Stats().Spans, "not stored; its earlier self is gone")
	big := newIndex(Limits{MaxSpans: 10_000})
	for n := range 1500 {
		assert.LessOrEqual(t, len(big.Recall([]genai.Fact{call(1, n+1, answer("r"))}, 0)), maxRecalled)
	}
}

// Random work leaves every chain and list whole, and an index that forgot everything is empty.
func TestNothingLeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := newIndex(Limits{MaxSpans: 60, MaxSpansPerTenant: 25, MaxAge: 50})
	now := time.Duration(0)
	for range 5000 {
		facts := make([]genai.Fact, 1+r.IntN(4))
		for i := range facts {
			facts[i] = call(byte(r.IntN(5)), r.IntN(40), answer([]string{"", "a", "b"}[r.IntN(3)]), below(r.IntN(40)))
			facts[i].Tenant = fmt.Sprint(r.IntN(4))
			if r.IntN(3) == 0 {
				ordinary(&facts[i])
			}
		}
		now += time.Duration(r.IntN(3))
		x.Recall(facts, int64(now))
		require.LessOrEqual(t, x.stats.Spans, 60)
		for name, tenant := range x.tenants {
			require.LessOrEqual(t, tenant.count, 25, name)
			require.Positive(t, tenant.count, name)
		}
	}
	x.Recall([]genai.Fact{call(1, 1, func(f *genai.Fact) { f.TraceID = pcommon.TraceID{} })}, int64(now+time.Hour))
	assert.Zero(t, x.stats.Spans)
	assert.Empty(t, x.tenants)
	assert.Equal(t, emptyList, x.all)
	for c := range x.heads {
		assert.Zero(t, x.heads[c].count)
		for _, e := range x.heads[c].entries {
			require.Zero(t, e)
		}
	}
	assert.Len(t, x.slots.free, int(x.slots.used))
}

func TestManyAtOnce(t *testing.T) {
	x := newIndex(Limits{MaxSpans: 100})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 500 {
				x.Recall([]genai.Fact{call(byte(g%3), n%50, answer(fmt.Sprint(n%7)))}, int64(n))
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, x.Stats().Spans, 100)
}

// BenchmarkRecall is a full index: each call pushes the oldest out.
func BenchmarkRecall(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			x := New(Limits{MaxAge: time.Hour, MaxSpans: 200_000, MaxSpansPerTenant: 50_000})
			n := 0
			next := func(facts []genai.Fact) []genai.Fact {
				facts = facts[:0]
				for range batch {
					n++
					f := call(1, n, answer("chatcmpl-"+fmt.Sprint(n)))
					binary.BigEndian.PutUint64(f.TraceID[:], uint64(n))
					f.Input.N, f.Output.N = int64(n*7919%20_000), int64(n*104_729%1000)
					f.Start, f.End = int64(n)*1e7, int64(n)*1e7+1e9
					f.Tenant = []string{"acme", "globex", "initech", "umbrella", "hooli"}[n%5]
					facts = append(facts, f)
				}
				return facts
			}
			var facts []genai.Fact
			for n < 250_000 {
				facts = next(facts)
				x.Recall(facts, int64(n))
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				facts = next(facts)
				b.StartTimer()
				x.Recall(facts, int64(n))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(batch), "ns/span")
		})
	}
}
