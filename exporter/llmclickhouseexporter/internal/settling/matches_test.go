package settling

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

func factOf(trace byte, scope string, from, to time.Duration) genai.Fact {
	return genai.Fact{
		Tenant: "t", TraceID: pcommon.TraceID{15: trace}, SpanID: pcommon.SpanID{7: trace}, Start: int64(from), End: int64(to),
		Role: semconv.RoleLLM, Scope: scope, Service: "svc", Input: genai.Count{N: 10, Known: true}, Output: genai.Count{N: 1, Known: true},
	}
}

func TestWhatMayBeTheSameCall(t *testing.T) {
	asked := factOf(1, "a", 10*time.Second, 20*time.Second)
	sources := NewSources()
	require.False(t, sources.Note(&asked))
	require.False(t, sources.Several("t", "svc"))
	other := factOf(2, "b", 11*time.Second, 19*time.Second)
	require.True(t, sources.Note(&other))
	require.True(t, sources.Several("t", "svc"))
	require.False(t, sources.Several("t", "svc") && sources.Note(&other), "told once")
	k := newKeys([]*Row{{Fact: asked, Before: Before{UsageRole: semconv.UsageRoleCall}}}, several(sources))
	for name, c := range map[string]struct {
		change func(*genai.Fact)
		want   bool
	}{
		"inside":            {func(*genai.Fact) {}, true},
		"around":            {func(f *genai.Fact) { f.Start, f.End = int64(9*time.Second), int64(21*time.Second) }, true},
		"its own trace":     {func(f *genai.Fact) { f.TraceID = asked.TraceID }, false},
		"one source":        {func(f *genai.Fact) { f.Scope = "a" }, false},
		"other dialect":     {func(f *genai.Fact) { f.Scope, f.Dialect = "a", "x" }, true},
		"other counts":      {func(f *genai.Fact) { f.Input.N = 11 }, false},
		"with reasoning":    {func(f *genai.Fact) { f.Output.N, f.Reasoned = f.Output.N+4, 4 }, true},
		"with another rest": {func(f *genai.Fact) { f.Output.N, f.Reasoned = f.Output.N+4, 3 }, false},
		"no counts":         {func(f *genai.Fact) { f.Input, f.Output = genai.Count{}, genai.Count{} }, true},
		"failed":            {func(f *genai.Fact) { f.Outcome, f.Input.N, f.Output.N = semconv.OutcomeError, 0, 0 }, false},
		"other service":     {func(f *genai.Fact) { f.Service = "x" }, false},
		"other tenant":      {func(f *genai.Fact) { f.Tenant = "x" }, false},
		"other role":        {func(f *genai.Fact) { f.Role = semconv.RoleEmbedding }, false},
		"sticks out":        {func(f *genai.Fact) { f.Start, f.End = int64(5*time.Second), int64(15*time.Second) }, false},
		"a log soon after":  {func(f *genai.Fact) { f.FromLog, f.Start, f.End = true, int64(22*time.Second), int64(22*time.Second) }, true},
		"a log long after":  {func(f *genai.Fact) { f.FromLog, f.Start, f.End = true, int64(30*time.Second), int64(30*time.Second) }, false},
		"a log of its time": {func(f *genai.Fact) { f.FromLog = true }, true},
	} {
		m := Match{other}
		c.change(&m.Fact)
		require.Equal(t, c.want, k.sameWindow(&m) != nil, name)
	}
	q := k.tokenQuery()
	require.Equal(t, []string{"svc"}, q.Services)
	require.Empty(t, q.Silent)
	require.Equal(t, []Counts{{asked.Input.N, asked.Output.N}}, q.Counts)

	// With one source there is nothing to look for but the id of the answer.
	asked.ResponseID = "r"
	k = newKeys([]*Row{{Fact: asked, Before: Before{UsageRole: semconv.UsageRoleCall}}, {Fact: other, Before: Before{UsageRole: semconv.UsageRoleAggregate}}}, several(oneSource(&asked)))
	require.Empty(t, k.callers)
	require.Len(t, k.responses, 1)
	m := Match{other}
	require.Nil(t, k.sameResponse(&m))
	m.ResponseID = "r"
	require.NotNil(t, k.sameResponse(&m))
	m.Tenant = "x"
	require.Nil(t, k.sameResponse(&m))
}

func oneSource(f *genai.Fact) *Sources {
	s := NewSources()
	s.Note(f)
	return s
}

func TestServicesBeyondTheBoundHaveSeveralSources(t *testing.T) {
	s := NewSources()
	s.n = maxServices
	f := factOf(1, "a", 0, 1)
	require.False(t, s.Note(&f))
	require.True(t, s.Several("t", "svc"))
}

func several(s *Sources) func(*genai.Fact) bool {
	return func(f *genai.Fact) bool { return s.Several(f.Tenant, f.Service) }
}
