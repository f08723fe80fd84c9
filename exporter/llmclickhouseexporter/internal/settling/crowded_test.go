package settling

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// A mock gives every answer one id: it tells nothing, is not asked about again, and no call is lost by it.
func TestCrowdedIDsTellNothing(t *testing.T) {
	s := newTestSettler()
	for n := range byte(Crowd + 10) {
		f := factOf(n, fmt.Sprint("source ", n%2), 0, time.Second)
		f.Service, f.ResponseID = fmt.Sprint("svc ", n), "mock"
		s.store.add(f)
	}
	r := s.store.rows[0]
	s.Pending.Add(Look{Trace: Trace{r.Tenant, r.TraceID}, First: r.Start, Last: r.End}, s.now)
	s.settleAll(t)
	require.NotContains(t, s.store.roles(), semconv.UsageRoleDuplicate)
	require.Equal(t, 1, s.store.questions)
	s.dueAll()
	s.settleAll(t)
	require.NotContains(t, s.store.roles(), semconv.UsageRoleDuplicate)
	require.Equal(t, 1, s.store.questions)
	s.now = s.now.Add(crowdedFor + time.Second)
	s.dueAll()
	s.settleAll(t)
	require.Equal(t, 2, s.store.questions, "what was crowded is asked about again later")
}

// Where too many calls are around one to compare it with, what is known of it stays, and others have their turn.
func TestCrowdedServicesKeepWhatIsKnown(t *testing.T) {
	s := newTestSettler()
	a, b := factOf(1, "a", 0, time.Second), factOf(2, "b", 0, time.Second)
	s.store.add(a)
	s.store.add(b)
	counted := s.store.rows[0]
	counted.Before.UsageRole, counted.Before.Reason = semconv.UsageRoleDuplicate, semconv.UsageRoleReasonSameTokens
	counted.Before.CountedBy = fmt.Sprintf("%x:%x", b.TraceID[:], b.SpanID[:])
	s.store.sources = []genai.Fact{a, b}
	s.store.crowded = true
	s.Pending.Add(Look{Trace: Trace{a.Tenant, a.TraceID}, First: a.Start, Last: a.End}, s.now)
	s.settleAll(t)
	require.Equal(t, []string{semconv.UsageRoleDuplicate, semconv.UsageRoleCall}, s.store.roles())
	require.Equal(t, map[string]int{SkippedCrowded: 1}, s.skipped)
	// Read together, the two are compared all the same.
	counted.Before = Before{UsageRole: semconv.UsageRoleCall, Ingested: 1}
	s.dueAll()
	s.settleAll(t)
	require.ElementsMatch(t, []string{semconv.UsageRoleDuplicate, semconv.UsageRoleCall}, s.store.roles())
}

// One tenant's crowd is no other's: looked at together, each is told apart from it, and only the crowded one's calls are not compared.
func TestACrowdIsItsOwnTenants(t *testing.T) {
	s := newTestSettler()
	for n, tenant := range []string{"t", "crowd"} {
		for m, scope := range []string{"a", "b"} {
			f := factOf(byte(2*n+m+1), scope, 0, time.Second)
			f.Tenant = tenant
			s.store.add(f)
			s.store.sources = append(s.store.sources, f)
		}
	}
	s.store.crowd = "crowd"
	for _, r := range []*Row{s.store.rows[0], s.store.rows[2]} {
		s.Pending.Add(Look{Trace: Trace{r.Tenant, r.TraceID}, First: r.Start, Last: r.End}, s.now)
	}
	s.settleAll(t)
	require.Equal(t, map[string]int{SkippedCrowded: 1}, s.skipped)
	roles := s.store.roles()
	require.ElementsMatch(t, []string{semconv.UsageRoleDuplicate, semconv.UsageRoleCall}, roles[:2])
	require.Equal(t, []string{semconv.UsageRoleCall, semconv.UsageRoleCall}, roles[2:])
}

// A trace about which the store cannot answer does not keep others from being settled.
func TestSettlingGoesAroundWhatFails(t *testing.T) {
	s := newTestSettler()
	s.store.poison = pcommon.TraceID{15: 7}
	for n := range byte(100) {
		s.store.add(factOf(n, "a", 0, time.Second))
	}
	s.dueAll()
	for range 40 {
		_ = s.Round(context.Background())
		s.now = s.now.Add(time.Second)
	}
	require.Equal(t, 1, s.Pending.Due())
	require.Positive(t, s.read)
}

var errPoison = errors.New("this trace cannot be read")

// What an earlier process stored last is looked at, however long it was away.
func TestLooksBackFromTheNewestRow(t *testing.T) {
	s := newTestSettler()
	s.store.newest = s.now.Add(-10 * time.Hour)
	s.Pending.Rescan("", s.now.Add(-time.Hour), s.now)
	require.NoError(t, s.begin(context.Background()))
	r, _ := s.Pending.NextRange()
	require.Equal(t, s.now.Add(-11*time.Hour), r.From)
	require.Equal(t, s.now, r.To)
}
