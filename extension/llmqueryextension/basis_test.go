package llmqueryextension

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testCorrection is a row of the ledger; columns that are not named here take their defaults.
type testCorrection struct {
	Tenant         string    `ch:"tenant_id"`
	Project        string    `ch:"project_id"`
	TraceID        string    `ch:"trace_id"`
	SpanID         string    `ch:"span_id"`
	Start          time.Time `ch:"start_time"`
	Revision       uint32    `ch:"revision"`
	At             time.Time `ch:"adjusted_at"`
	Run            string    `ch:"run_id"`
	Reason         string    `ch:"reason"`
	BookReadOn     time.Time `ch:"book_read_on"`
	Before         *string   `ch:"cost_before"`
	After          *string   `ch:"cost_after"`
	CurrencyBefore string    `ch:"cost_currency_before"`
	CurrencyAfter  string    `ch:"cost_currency_after"`
	StatusBefore   string    `ch:"cost_status_before"`
	StatusAfter    string    `ch:"cost_status_after"`
	PriceIDBefore  string    `ch:"price_id_before"`
	PriceIDAfter   string    `ch:"price_id_after"`
	PriceSource    string    `ch:"price_source"`
	EffectiveFrom  string    `ch:"price_effective_from"`
	CostInput      *string   `ch:"cost_input"`
	CostOutput     *string   `ch:"cost_output"`
	Computed       *string   `ch:"cost_computed"`
	Retention      uint16    `ch:"retention_days"`
}

var correctionColumns = []string{
	"tenant_id", "project_id", "trace_id", "span_id", "start_time", "revision", "adjusted_at", "run_id", "reason", "book_read_on",
	"cost_before", "cost_after", "cost_currency_before", "cost_currency_after", "cost_status_before", "cost_status_after",
	"price_id_before", "price_id_after", "price_source", "price_effective_from", "cost_input", "cost_output", "cost_computed", "retention_days",
}

// correction is the first one of a span; an empty amount is unknown.
func (s testSpan) correction(amount, status string) testCorrection {
	c := testCorrection{
		Tenant: s.Tenant, Project: s.Project, TraceID: s.TraceID, SpanID: s.SpanID, Start: s.Start, Revision: 1,
		At: testNow, Run: "run-1", Reason: "a price was wrong", BookReadOn: testNow,
		Before: s.Cost, CurrencyBefore: s.CostCurrency, StatusBefore: s.CostStatus, StatusAfter: status, Retention: s.Retention,
	}
	if amount != "" {
		c.After, c.CurrencyAfter, c.CostInput = &amount, "USD", &amount
	}
	return c
}

// then is the correction that follows.
func (c testCorrection) then(amount, status string) testCorrection {
	next := c
	next.Revision++
	next.Before, next.CurrencyBefore, next.StatusBefore, next.PriceIDBefore = c.After, c.CurrencyAfter, c.StatusAfter, c.PriceIDAfter
	next.After, next.CostInput, next.CurrencyAfter, next.StatusAfter = nil, nil, "", status
	if amount != "" {
		next.After, next.CurrencyAfter, next.CostInput = &amount, "USD", &amount
	}
	return next
}

func (s *testStore) correct(t testing.TB, corrections ...testCorrection) {
	t.Helper()
	query := "INSERT INTO llm_cost_adjustments ("
	for i, name := range correctionColumns {
		if i > 0 {
			query += ", "
		}
		query += name
	}
	batch, err := s.conn.PrepareBatch(t.Context(), query+")")
	require.NoError(t, err)
	for i := range corrections {
		require.NoError(t, batch.AppendStruct(&corrections[i]))
	}
	require.NoError(t, batch.Send())
}

// Two calls were corrected: one that was not known, twice, and one that is not known any more. A third one's row is a duplicate and its
// correction counts nothing; the last one's belongs to another tenant.
func correctedStore(t *testing.T) *testStore {
	s := newTestStore(t)
	start := testNow.Add(-90 * time.Minute)
	unknown := call(1, 1, start, time.Second).with(func(s *testSpan) {
		s.Cost, s.CostInput, s.CostOutput, s.CostStatus, s.CostCurrency, s.Response = nil, nil, nil, "unknown_model", "", "new-model"
	})
	lost := call(1, 2, start.Add(time.Minute), time.Second)
	duplicate := call(1, 3, start.Add(2*time.Minute), time.Second).with(func(s *testSpan) { s.UsageRole = "duplicate" })
	plain := call(2, 4, start.Add(time.Hour), time.Second)
	s.insert(t, unknown, lost, duplicate, plain)
	first := unknown.correction("0.5", "exact")
	s.correct(t, first, lost.correction("", "unknown_model"), duplicate.correction("9", "exact"))
	s.correct(t, first) // the same again is one
	s.correct(t, first.then("0.25", "partial"))
	other := plain.correction("100", "exact")
	other.Tenant = "rival"
	s.correct(t, other)
	return s
}

func TestBothBases(t *testing.T) {
	s := correctedStore(t)
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, tt := range []struct {
		query, basis, amount string
		statuses             map[string]uint64
		unknown              uint64
	}{
		{"", "known", "0.251", map[string]uint64{"partial": 1, "unknown_model": 1, "exact": 1}, 1},
		{"basis=known", "known", "0.251", map[string]uint64{"partial": 1, "unknown_model": 1, "exact": 1}, 1},
		{"basis=booked", "booked", "0.002", map[string]uint64{"exact": 2, "unknown_model": 1}, 1},
	} {
		total := body[overview](t, a, "shop", "/api/v1/stats/overview?"+tt.query)
		require.Equal(t, tt.basis, string(total.Basis))
		require.EqualValues(t, 3, total.Calls)
		require.EqualValues(t, 300, *total.Tokens.Input.Total)
		require.Equal(t, tt.amount, *total.Cost.Amount)
		require.Equal(t, tt.statuses, total.Cost.ByStatus)
		require.Equal(t, tt.unknown, total.Cost.UnknownCalls)
		require.False(t, total.Cost.Complete)
		seed := body[seedOverview](t, a, "shop", "/stats/overview?"+tt.query)
		require.Equal(t, tt.amount, fmt.Sprint(seed.TotalCostUSD))

		models := body[modelList](t, a, "shop", "/api/v1/stats/models?"+tt.query)
		require.Equal(t, tt.basis, string(models.Basis))
		require.Len(t, models.Models, 2)
		series := body[timeseries](t, a, "shop", "/api/v1/stats/timeseries?metric=cost&interval=1h&"+tt.query)
		require.Equal(t, tt.basis, string(series.Basis))
		var points []any
		for _, p := range series.Points {
			if p.Calls > 0 {
				points = append(points, p.Value, *p.UnknownCalls)
			}
		}
		if tt.basis == "known" {
			require.Equal(t, "new-model", *models.Models[0].Model, "the dearest is first, by what is known")
			require.Equal(t, "0.25", *models.Models[0].Cost.Amount)
			require.Equal(t, []any{"0.25", uint64(1), "0.001", uint64(0)}, points)
		} else {
			require.Nil(t, models.Models[1].Cost.Amount)
			require.Equal(t, []any{"0.001", uint64(1), "0.001", uint64(0)}, points)
		}
	}
}

func TestBothBasesOfTraces(t *testing.T) {
	s := correctedStore(t)
	a := newTestAPI(t, s.conn, s.config.Target())
	known := body[traceList](t, a, "shop", "/api/v1/traces")
	require.Equal(t, basisKnown, known.Basis)
	require.Equal(t, traceIDs(2, 1), ids(known))
	card := known.Traces[1]
	require.Equal(t, []string{"0.25", "0.001"}, []string{*card.Cost, *card.Booked})
	require.EqualValues(t, 3, card.Corrections)
	require.Equal(t, []string{"0.001", "0.001"}, []string{*known.Traces[0].Cost, *known.Traces[0].Booked}, "another tenant's correction is none")
	require.Zero(t, known.Traces[0].Corrections)
	require.True(t, known.Traces[0].CostComplete)
	booked := body[traceList](t, a, "shop", "/api/v1/traces?basis=booked").Traces[1]
	require.Equal(t, []string{"0.001", "0.001"}, []string{*booked.Cost, *booked.Booked})
	require.EqualValues(t, 3, booked.Corrections)

	require.Equal(t, traceIDs(1), ids(body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.25")))
	require.Empty(t, body[traceList](t, a, "shop", "/api/v1/traces?min_cost=0.25&basis=booked").Traces)

	detail := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Equal(t, basisKnown, detail.Basis)
	require.Equal(t, []string{"0.25", "0.001", "0.25"}, []string{*detail.Cost.Amount, *detail.Cost.Booked, *detail.Cost.Input})
	require.Equal(t, []int{3, 1}, []int{detail.Cost.Corrections, detail.Cost.UnknownCalls})
	node := detail.Spans[0]
	require.Equal(t, "partial", *node.Cost.Status)
	require.Nil(t, node.Cost.Booked)
	require.Equal(t, 2, node.Cost.Corrections)
	duplicate := detail.Spans[2]
	require.Equal(t, "duplicate", *duplicate.Usage.Role)
	require.Equal(t, []string{"9", "0.001"}, []string{*duplicate.Cost.Amount, *duplicate.Cost.Booked})

	detail = body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"?basis=booked")
	require.Equal(t, basisBooked, detail.Basis)
	require.Equal(t, []string{"0.001", "0.001", "0.0004"}, []string{*detail.Cost.Amount, *detail.Cost.Booked, *detail.Cost.Input})
	require.Equal(t, 3, detail.Cost.Corrections)

	span := body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(2))
	require.Nil(t, span.Span.Cost.Amount)
	require.Equal(t, []string{"unknown_model", "0.001"}, []string{*span.Span.Cost.Status, *span.Span.Cost.Booked})
	span = body[spanDetail](t, a, "shop", "/api/v1/traces/"+traceID(1)+"/spans/"+spanID(2)+"?basis=booked")
	require.Equal(t, "0.001", *span.Span.Cost.Amount)
}

func TestBasisIsOneOfTwo(t *testing.T) {
	a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget)
	for _, path := range []string{
		"/api/v1/stats/overview", "/api/v1/stats/timeseries", "/api/v1/stats/models", "/api/v1/traces", "/api/v1/traces/" + traceID(1),
		"/api/v1/traces/" + traceID(1) + "/spans/" + spanID(1), "/api/v1/prices/unknown",
		"/stats/overview", "/stats/tokens", "/stats/timeseries", "/traces", "/traces/" + traceID(1),
	} {
		p := refused(t, a, "shop", path+"?basis=guessed", http.StatusBadRequest)
		require.Equal(t, []invalidParameter{{"basis", "guessed", "must be one of known, booked"}}, p.Errors, path)
	}
}

// A list that began on one basis does not go on with the other.
func TestCursorKeepsItsBasis(t *testing.T) {
	s := correctedStore(t)
	a := newTestAPI(t, s.conn, s.config.Target())
	first := body[traceList](t, a, "shop", "/api/v1/traces?limit=1&basis=booked")
	require.NotNil(t, first.NextCursor)
	require.Equal(t, traceIDs(1), ids(body[traceList](t, a, "shop", "/api/v1/traces?limit=1&basis=booked&cursor="+*first.NextCursor)))
	p := refused(t, a, "shop", "/api/v1/traces?limit=1&cursor="+*first.NextCursor, http.StatusBadRequest)
	require.True(t, slices.ContainsFunc(p.Errors, func(e invalidParameter) bool { return e.Parameter == "cursor" }))
}
