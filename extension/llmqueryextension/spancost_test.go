package llmqueryextension

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing/live"
)

// houseBook prices two tenants differently.
const houseBook = `provider: house
source: {page: "https://house.example/prices", read: 2026-02-01, confidence: vendor}
models: {big: {prices: [{from: 2026-01-01, mtok: {input: 5, output: 25}}]}}
---
tenants:
  acme: [{provider: house, times: 0.9}]
  rival: [{provider: house, times: 0.123}]
`

// withPrices gives the API price files of its own.
func withPrices(t testing.TB, text string) func(*api) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rival-discount.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	prices, err := live.Open([]string{file}, 0, zap.NewNop())
	require.NoError(t, err)
	t.Cleanup(prices.Close)
	return func(a *api) { a.prices = &priceBook{live: prices, files: []string{file}} }
}

func costOf(trace, span int) string {
	return "/api/v1/spans/" + traceID(trace) + "/" + spanID(span) + "/cost"
}

// houseCall costs 0.0090225 of acme and 0.00123 of rival: (1000*5 + 1*25) / 1000000, less the discount.
func houseCall(trace, span int) testSpan {
	return call(trace, span, testNow.Add(-time.Hour), time.Second).with(func(s *testSpan) {
		s.Provider, s.Request, s.Response, s.CacheRead, s.CacheWrite, s.Reasoning = "house", "big", "", nil, nil, nil
		s.Input, s.Output = ptr(uint64(2000)), ptr(uint64(1))
		s.Cost, s.CostInput, s.CostOutput = ptr("0.0090225"), ptr("0.009"), ptr("0.0000225")
		s.PriceID = "house/big@2026-01-01#3b98b309*0.9"
	})
}

func TestSpanCost(t *testing.T) {
	s := newTestStore(t)
	first := houseCall(1, 1)
	s.insert(t, first, houseCall(1, 2))
	// What had been booked was another price, which the book no longer has.
	wrong := first.with(func(s *testSpan) {
		s.SpanID = spanID(3)
		s.PriceID = "house/big@2026-01-01#0badf00d"
		s.Cost, s.CostInput = ptr("0.0180225"), ptr("0.018")
	})
	s.insert(t, wrong)
	fix := wrong.correction("0.0090225", "exact")
	fix.PriceIDBefore, fix.PriceIDAfter, fix.CostInput, fix.CostOutput = wrong.PriceID, first.PriceID, first.CostInput, first.CostOutput
	s.correct(t, fix)
	a := newTestAPI(t, s.conn, s.config.Target(), withPrices(t, houseBook))

	plain := body[costing.Account](t, a, "shop", costOf(1, 1))
	require.Equal(t, plain.Booked, plain.Known)
	require.Empty(t, plain.Corrections)
	require.Equal(t, "call", *plain.UsageRole)
	e := plain.Explanation.Known
	require.Equal(t, costing.FromBook, e.From, e.Says)
	require.Equal(t, "(2000*5/1000000 + 1*25/1000000)*0.9 = 0.0090225", *e.Arithmetic)
	require.Equal(t, []costing.Multiplier{{Times: "0.9", Of: "all", Why: "agreed price: acme, house"}}, e.Multipliers)

	corrected := body[costing.Account](t, a, "shop", costOf(1, 3))
	require.Equal(t, []string{"0.0180225", "0.0090225"}, []string{*corrected.Booked.Amount, *corrected.Known.Amount})
	require.Len(t, corrected.Corrections, 1)
	c := corrected.Corrections[0]
	require.Equal(t, []string{"a price was wrong", "run-1", wrong.PriceID, first.PriceID}, []string{*c.Reason, *c.Run, *c.Before.PriceID, *c.After.PriceID})
	require.Equal(t, testNow, c.At)
	require.Equal(t, costing.FromRow, corrected.Explanation.Booked.From)
	require.Contains(t, corrected.Explanation.Booked.Says[0], "no longer has the price house/big@2026-01-01#0badf00d")
	require.Equal(t, "0.0090225", *corrected.Explanation.Booked.Today.Amount)
	require.Equal(t, "2000*9/1000000 + 1*22.5/1000000 = 0.0180225", *corrected.Explanation.Booked.Arithmetic)
	require.Equal(t, costing.FromBook, corrected.Explanation.Known.From)
}

// Neither the other tenant's discount nor its spans are shown, and the pathways to the answer are those of a trace.
func TestSpanCostIsBehindTheWall(t *testing.T) {
	s := newTestStore(t)
	s.insert(t, houseCall(1, 1), houseCall(2, 1).with(func(s *testSpan) { s.Tenant = "rival" }),
		houseCall(3, 1).with(func(s *testSpan) { s.Project = "lab" }))
	a := newTestAPI(t, s.conn, s.config.Target(), withPrices(t, houseBook))
	for _, target := range []string{costOf(1, 1), "/api/v1/prices?provider=house", "/api/v1/prices/book", "/api/v1/prices/unknown"} {
		text := ask(t, a, "shop", target).Body.String()
		require.NotContains(t, text, "0.123", target)
		require.NotContains(t, text, "rival", target)
	}
	refused(t, a, "shop", costOf(2, 1), http.StatusNotFound)
	refused(t, a, "boss", costOf(2, 1), http.StatusNotFound)
	refused(t, a, "shop", costOf(3, 1), http.StatusNotFound)
	refused(t, a, "shop", costOf(3, 1)+"?project_id=lab", http.StatusForbidden)
	require.Equal(t, http.StatusOK, ask(t, a, "boss", costOf(3, 1)+"?project_id=lab").Code)
	// The amount that acme was booked is not that of rival's price: it is explained from the row, by rival's own factor of today.
	other := body[costing.Account](t, a, "rival", costOf(2, 1))
	require.Equal(t, costing.FromRow, other.Explanation.Booked.From)
	require.Contains(t, *other.Explanation.Booked.Today.Arithmetic, "*0.123 = ")

	require.Contains(t, refused(t, a, "shop", costOf(9, 9), http.StatusNotFound).Detail, "no span")
	require.Contains(t, refused(t, a, "shop", "/api/v1/spans/xyz/"+spanID(1)+"/cost", http.StatusNotFound).Detail, "32 hexadecimal")
	require.Contains(t, refused(t, a, "shop", "/api/v1/spans/"+traceID(1)+"/xyz/cost", http.StatusNotFound).Detail, "16 hexadecimal")
	require.Equal(t, "basis", refused(t, a, "shop", costOf(1, 1)+"?basis=known", http.StatusBadRequest).Errors[0].Parameter)
	upper := body[costing.Account](t, a, "shop", "/api/v1/spans/"+strings.ToUpper(traceID(1))+"/"+strings.ToUpper(spanID(1))+"/cost")
	require.Equal(t, spanID(1), upper.SpanID)
}

func TestUnknownModels(t *testing.T) {
	s := newTestStore(t)
	unknown := func(trace, span int, model string, after time.Duration) testSpan {
		return call(trace, span, testNow.Add(-time.Hour+after), time.Second).with(func(s *testSpan) {
			s.Cost, s.CostInput, s.CostOutput, s.CostStatus, s.CostCurrency, s.Request, s.Response, s.Provider = nil, nil, nil, "unknown_model", "", model, "", "openai"
		})
	}
	learnt := unknown(3, 1, "learnt", 0)
	s.insert(t,
		unknown(1, 1, "gpt-5.44", time.Minute), unknown(1, 2, "gpt-5.44", 2*time.Minute), unknown(1, 3, "gpt-5.44", 0).with(func(s *testSpan) { s.Output = nil }),
		unknown(2, 1, "", 0).with(func(s *testSpan) { s.Provider = "" }), learnt,
		unknown(4, 1, "wrapped", 0).with(func(s *testSpan) { s.UsageRole = "aggregate" }),
		unknown(5, 1, "others", 0).with(func(s *testSpan) { s.Tenant = "rival" }), call(6, 1, testNow.Add(-time.Hour), time.Second))
	s.correct(t, learnt.correction("0.5", "exact"), call(6, 1, testNow.Add(-time.Hour), time.Second).correction("", "unknown_model"))
	a := newTestAPI(t, s.conn, s.config.Target())
	names := func(list unknownModels) (out []string) {
		for _, m := range list.Models {
			if m.Model == nil {
				out = append(out, "none")
				continue
			}
			out = append(out, *m.Model)
		}
		return out
	}
	known := body[unknownModels](t, a, "shop", "/api/v1/prices/unknown")
	require.Equal(t, basisKnown, known.Basis)
	require.Equal(t, []string{"gpt-5.44", "none", "gpt-5-2026-01-01"}, names(known))
	first := known.Models[0]
	require.EqualValues(t, 3, first.Calls)
	require.Equal(t, "openai", *first.Provider)
	require.Nil(t, first.Host)
	require.Equal(t, traceTokens{count{ptr(uint64(300)), 0}, count{ptr(uint64(40)), 1}, count{ptr(uint64(340)), 1}}, first.Tokens)
	require.Equal(t, []time.Time{testNow.Add(-time.Hour), testNow.Add(-58 * time.Minute)}, []time.Time{first.FirstSeen, first.LastSeen})
	require.NotEmpty(t, first.Suggestions)
	require.NotContains(t, ask(t, newTestAPI(t, s.conn, s.config.Target(), withPrices(t, "provider: openai\nsource: {page: x, read: 2026-02-01}\n"+
		"models: {gpt-5.44-secret: {prices: [{mtok: {input: 1, output: 1}}]}}\n")), "shop", "/api/v1/prices/unknown").Body.String(), "secret")
	require.True(t, strings.HasPrefix(first.Suggestions[0], "openai/gpt-5"), first.Suggestions)
	require.Empty(t, known.Models[1].Suggestions)

	booked := body[unknownModels](t, a, "shop", "/api/v1/prices/unknown?basis=booked")
	require.Equal(t, []string{"gpt-5.44", "none", "learnt"}, names(booked))
	cut := body[unknownModels](t, a, "shop", "/api/v1/prices/unknown?limit=1&hours=1")
	require.Equal(t, []string{"gpt-5.44"}, names(cut))
	require.True(t, cut.Truncated)
	require.Equal(t, []string{"others"}, names(body[unknownModels](t, a, "rival", "/api/v1/prices/unknown")))
}

func TestPriceList(t *testing.T) {
	a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget, withPrices(t, houseBook))
	require.Empty(t, body[priceList](t, a, "shop", "/api/v1/prices?provider=house&model=BIG").Prices, "the operator's own prices are no tenant's to read")
	p := newParams(url.Values{"provider": {"house"}, "model": {"BIG"}}, false)
	got, err := a.priceList(context.Background(), scope{"default", "default"}, p, nil)
	require.NoError(t, err)
	require.Equal(t, []listedPrice{{
		Provider: "house", Model: "big", Names: []string{"big"}, ValidFrom: ptr("2026-01-01"), Rates: "standard",
		Units: []unitCost{{"input", "5", 1_000_000}, {"output", "25", 1_000_000}}, Source: ptr("https://house.example/prices"), ReadOn: ptr("2026-02-01"),
	}}, got.(*priceList).Prices)
	require.Greater(t, len(body[priceList](t, a, "shop", "/api/v1/prices?provider=anthropic").Prices), 20)
	require.Empty(t, body[priceList](t, a, "shop", "/api/v1/prices?model=never-heard-of").Prices)
	a.limits.MaxModels = 1
	require.True(t, body[priceList](t, a, "shop", "/api/v1/prices?provider=anthropic").Truncated)
	require.Contains(t, refused(t, a, "shop", "/api/v1/prices", http.StatusBadRequest).Detail, "name a provider")
}

func TestBookFacts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(file, []byte(houseBook), 0o600))
	prices, err := live.Open([]string{file}, 10*time.Millisecond, zap.NewNop())
	require.NoError(t, err)
	t.Cleanup(prices.Close)
	read := prices.Book().ReadOn()
	a := newTestAPI(t, &fakeConn{err: errTestStore}, noTarget, func(a *api) {
		a.prices = &priceBook{live: prices, files: []string{file}}
		a.now = func() time.Time { return read.Add(40*day + time.Hour) }
	})
	facts := body[bookFacts](t, a, "shop", "/api/v1/prices/book")
	require.Equal(t, 40, facts.AgeDays)
	require.Equal(t, read.Format(time.DateOnly), facts.ReadOn)
	require.Greater(t, facts.Providers, 30)
	require.Greater(t, facts.Models, 2000)
	require.Equal(t, 1, facts.Overrides)
	require.Nil(t, facts.Files, "names of files are the operator's")
	require.Nil(t, facts.RefusedAt)

	// A change that is refused is told of; why, only where there is one tenant.
	require.NoError(t, os.WriteFile(file, []byte("provider: ["), 0o600))
	prices.Start()
	require.Eventually(t, func() bool { return prices.State().Refused != nil }, 10*time.Second, 10*time.Millisecond)
	facts = body[bookFacts](t, a, "shop", "/api/v1/prices/book")
	require.NotNil(t, facts.RefusedAt)
	require.Nil(t, facts.Refused)
	answer, err := a.bookFacts(context.Background(), scope{"default", "default"}, newParams(nil, false), nil)
	require.NoError(t, err)
	text, err := json.Marshal(answer)
	require.NoError(t, err)
	require.Contains(t, string(text), `"files":["`+file+`"]`)
	require.Contains(t, string(text), `"refused":"`+file)
}
