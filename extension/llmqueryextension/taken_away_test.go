package llmqueryextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A price that was given and taken away again leaves a call that nobody knows the cost of, in every answer; the price before it does
// not come back. A sum that was whole when it was booked is no longer so when a part of it lost its price.
func TestACostThatIsNotKnownAnyMore(t *testing.T) {
	s := newTestStore(t)
	start := testNow.Add(-time.Hour)
	gone, less := call(1, 1, start, time.Second), call(2, 2, start, time.Second)
	s.insert(t, gone, less)
	first := gone.correction("7", "exact")
	s.correct(t, first, first.then("", "unknown_model"), less.correction("0.0005", "partial"))
	a := newTestAPI(t, s.conn, s.config.Target())
	for _, tt := range []struct {
		basis    string
		cost     [2]*string
		complete [2]bool
	}{
		{"known", [2]*string{nil, ptr("0.0005")}, [2]bool{false, false}},
		{"booked", [2]*string{ptr("0.001"), ptr("0.001")}, [2]bool{true, true}},
	} {
		cards := body[traceList](t, a, "shop", "/api/v1/traces?hours=24&basis="+tt.basis).Traces
		require.Len(t, cards, 2)
		for _, card := range cards {
			i := 0
			if card.TraceID == traceID(2) {
				i = 1
			}
			require.Equal(t, tt.cost[i], card.Cost, "%s %d", tt.basis, i)
			require.Equal(t, tt.complete[i], card.CostComplete, "%s %d", tt.basis, i)
			detail := body[traceDetail](t, a, "shop", "/api/v1/traces/"+card.TraceID+"?basis="+tt.basis)
			require.Equal(t, tt.cost[i], detail.Cost.Amount)
			require.Equal(t, tt.complete[i], detail.Cost.Complete)
		}
	}
}
