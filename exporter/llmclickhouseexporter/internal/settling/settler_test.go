package settling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// memoryStore holds rows as the table does: the last copy of a row stands.
type memoryStore struct {
	rows    []*Row
	asked   [][]Trace
	fail    error
	tooMany int // traces that are too many at once
	newest  time.Time
	crowded bool
	// crowd is a tenant about whose calls there are too many answers.
	crowd  string
	poison pcommon.TraceID
	// questions counts those about answers.
	questions int
	sources   []genai.Fact
}

func (m *memoryStore) Bounds(context.Context, []Look) error { return m.fail }

func (m *memoryStore) Facts(_ context.Context, looks []Look, _ int, each func(*Row)) error {
	var asked []Trace
	for _, l := range looks {
		asked = append(asked, l.Trace)
	}
	m.asked = append(m.asked, asked)
	if m.tooMany > 0 && len(looks) >= m.tooMany {
		return ErrTooMany
	}
	for _, r := range m.rows {
		for _, l := range looks {
			if l.ID == m.poison && l.ID != (pcommon.TraceID{}) {
				return errPoison
			}
			if l.Trace == (Trace{r.Tenant, r.TraceID}) {
				copied := *r
				each(&copied)
			}
		}
	}
	return nil
}

func (m *memoryStore) SameResponse(_ context.Context, q ResponseQuery, _ int, each func(*Match)) error {
	m.questions++
	for _, r := range m.rows {
		for _, id := range q.IDs {
			if r.ResponseID == id {
				each(&Match{r.Fact})
			}
		}
	}
	return nil
}

func (m *memoryStore) SameWindow(_ context.Context, q TokenQuery, _ int, each func(*Match)) error {
	if m.crowded || m.crowd != "" && slices.Contains(q.Tenants, m.crowd) {
		return ErrTooMany
	}
	for _, r := range m.rows {
		each(&Match{r.Fact})
	}
	return nil
}

func (m *memoryStore) Append(_ context.Context, corrections []Correction) error {
	for _, c := range corrections {
		for _, r := range m.rows {
			if c.Trace == (Trace{r.Tenant, r.TraceID}) && c.Span == r.SpanID && c.Ingested == r.Before.Ingested {
				r.Before = Before{c.UsageRole, c.Reason, c.CountedBy, c.Sum, c.Ingested + 1}
			}
		}
	}
	return nil
}

func (m *memoryStore) Arrived(_ context.Context, _ Range, limit int) ([]Found, error) {
	var out []Found
	for _, r := range m.rows {
		out = append(out, Found{Look: Look{Trace: Trace{r.Tenant, r.TraceID}, First: r.Start, Last: r.End}, At: time.UnixMilli(r.Before.Ingested)})
	}
	return out[:min(limit, len(out))], m.fail
}

func (m *memoryStore) Newest(context.Context) (time.Time, error) { return m.newest, m.fail }

func (m *memoryStore) Sources(_ context.Context, _ time.Time, each func(*genai.Fact)) error {
	for i := range m.sources {
		each(&m.sources[i])
	}
	return m.fail
}

func (m *memoryStore) add(f genai.Fact) {
	m.rows = append(m.rows, &Row{Fact: f, Before: Before{UsageRole: semconv.UsageRoleCall, Ingested: 1}})
}

func (m *memoryStore) roles() (out []string) {
	for _, r := range m.rows {
		out = append(out, r.Before.UsageRole)
	}
	return out
}

type testSettler struct {
	*Settler
	store   *memoryStore
	now     time.Time
	skipped map[string]int
	failed  int
	read    int
}

func newTestSettler() *testSettler {
	s := &testSettler{store: &memoryStore{}, now: time.Unix(1_800_000_000, 0), skipped: map[string]int{}}
	counted := Counted{
		Read: func(n int) { s.read += n }, Corrected: func(string, int) {}, Failed: func(error) { s.failed++ },
		Skipped: func(reason string, n int) { s.skipped[reason] += n },
	}
	s.Settler = New(s.store, NewPending(Limits{Traces: 1000, TenantTraces: 1000, Delay: time.Second, MaxAge: time.Minute}, func(bool) {}),
		counted, time.Hour, zap.NewNop(), func() time.Time { return s.now })
	return s
}

// settleAll does what is due until nothing is.
func (s *testSettler) settleAll(t *testing.T) {
	for n := 0; s.Pending.Due() > 0; n++ {
		require.NoError(t, s.Round(context.Background()))
		s.now = s.now.Add(time.Second)
		require.Less(t, n, 50)
	}
}

func (s *testSettler) dueAll() {
	for _, r := range s.store.rows {
		s.Pending.Add(Look{Trace: Trace{r.Tenant, r.TraceID}, First: r.Start, Last: r.End}, s.now)
	}
}

func TestTooManyAtOnceAreSettledInPortions(t *testing.T) {
	s := newTestSettler()
	for n := range byte(40) {
		s.store.add(factOf(n, "a", 0, time.Second))
	}
	s.store.tooMany = 7
	s.dueAll()
	s.settleAll(t)
	require.Empty(t, s.skipped)
	seen := map[Trace]bool{}
	for _, asked := range s.store.asked {
		for _, tr := range asked {
			seen[tr] = seen[tr] || len(asked) < 7
		}
	}
	require.Len(t, seen, 40)
	// What is too much alone keeps the verdicts it has.
	s.store.tooMany = 1
	s.dueAll()
	s.settleAll(t)
	require.Equal(t, map[string]int{SkippedSize: 40}, s.skipped)
}

func TestFailuresAreTriedAgain(t *testing.T) {
	s := newTestSettler()
	inner := factOf(1, "client", time.Second, 2*time.Second)
	outer := factOf(1, "framework", 0, 3*time.Second)
	outer.SpanID = pcommon.SpanID{9}
	inner.ParentID = outer.SpanID
	s.store.add(outer)
	s.store.add(inner)
	s.Pending.Rescan("", s.now.Add(-time.Hour), s.now)
	s.store.fail = errors.New("away")
	require.Error(t, s.Round(context.Background()))
	s.dueAll()
	require.Error(t, s.Round(context.Background()))
	require.Equal(t, 2, s.Pending.Due(), "the trace and the range")
	s.Drain(context.Background())
	require.Equal(t, 1, s.failed)
	s.store.fail = nil
	s.settleAll(t)
	require.Equal(t, []string{semconv.UsageRoleDuplicate, semconv.UsageRoleCall}, s.store.roles())
	require.Equal(t, semconv.UsageRoleReasonWrapper, s.store.rows[0].Before.Reason)
	require.Equal(t, fmt.Sprintf("%x:%x", inner.TraceID[:], inner.SpanID[:]), s.store.rows[0].Before.CountedBy)
}

// Reports of one call in a row of traces: whichever trace is looked at, all end with the same verdicts.
func TestReportsInManyTracesEndAlike(t *testing.T) {
	for first := range 4 {
		s := newTestSettler()
		for n := range byte(4) {
			f := factOf(n+1, fmt.Sprint("source ", n), time.Duration(n)*time.Millisecond, time.Second-time.Duration(n)*time.Millisecond)
			if n < 2 {
				f.ResponseID = "r"
			}
			s.store.add(f)
			s.store.sources = append(s.store.sources, f)
		}
		r := s.store.rows[first]
		s.Pending.Add(Look{Trace: Trace{r.Tenant, r.TraceID}, First: r.Start, Last: r.End}, s.now)
		s.settleAll(t)
		calls := 0
		for _, role := range s.store.roles() {
			if role == semconv.UsageRoleCall {
				calls++
			}
		}
		require.Equal(t, 1, calls, "from trace %d: %v", first+1, s.store.roles())
	}
}

// A source that came through another collector makes what was settled without it due again.
func TestNewSourcesMakeTheirTenantDue(t *testing.T) {
	s := newTestSettler()
	a, b := factOf(1, "a", 0, time.Second), factOf(2, "b", 0, time.Second)
	s.store.add(a)
	s.dueAll()
	s.settleAll(t)
	s.store.add(b)
	s.store.sources = []genai.Fact{a, b}
	require.NoError(t, s.Round(context.Background()))
	require.Zero(t, s.Pending.Due(), "it is asked once a minute")
	s.now = s.now.Add(time.Minute)
	require.NoError(t, s.Round(context.Background()))
	s.settleAll(t)
	require.ElementsMatch(t, []string{semconv.UsageRoleDuplicate, semconv.UsageRoleCall}, s.store.roles())
}

// The store is asked at most a sixth of the time, and never left alone for long.
func TestRestAfterALook(t *testing.T) {
	began := time.Unix(1_795_000_000, 0)
	for took, want := range map[time.Duration]time.Duration{
		0: 0, 20 * time.Millisecond: 100 * time.Millisecond, time.Second: 5 * time.Second, time.Minute: restMax,
	} {
		now := began.Add(took)
		assert.Equal(t, want, restAfter(began, now).Sub(now), "after %s", took)
	}
}
