package llmqueryextension

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rat adds amounts up as fractions, which shares nothing with the sums of the store or of the API.
func rat(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok, "amount %q", text)
	return r
}

// besideSums is what the answers must say of a group of calls.
type besideSums struct {
	estimated, reported        uint64
	amount, low, high          *big.Rat
	noLow, noHigh              bool
	byOthers, byBook, costOnly *big.Rat
}

func newBesideSums() *besideSums {
	return &besideSums{amount: new(big.Rat), low: new(big.Rat), high: new(big.Rat), byOthers: new(big.Rat), byBook: new(big.Rat), costOnly: new(big.Rat)}
}

// add counts a row in whose cost is the one of the asked basis.
func (b *besideSums) add(t *testing.T, s *testSpan) {
	t.Helper()
	if s.UsageRole != "call" {
		return
	}
	plus := func(sum *big.Rat, text *string, missing *bool) {
		if text == nil {
			*missing = true
			return
		}
		sum.Add(sum, rat(t, *text))
	}
	inUSD := s.CostCurrency == "" || s.CostCurrency == "USD"
	if s.Cost != nil && inUSD {
		b.costOnly.Add(b.costOnly, rat(t, *s.Cost))
	}
	if s.Cost == nil && s.Estimated != nil {
		b.estimated++
		b.amount.Add(b.amount, rat(t, *s.Estimated))
		plus(b.low, s.EstimatedLow, &b.noLow)
		plus(b.high, s.EstimatedHigh, &b.noHigh)
	}
	others, book := s.Reported, s.Cost
	if s.CostStatus == "provider_reported" {
		others, book = s.Cost, s.Computed
	}
	if s.Reported != nil && others != nil && book != nil && inUSD {
		b.reported++
		b.byOthers.Add(b.byOthers, rat(t, *others))
		b.byBook.Add(b.byBook, rat(t, *book))
	}
}

func (b *besideSums) requireEstimated(t *testing.T, got *estimated, where string) {
	t.Helper()
	if b.estimated == 0 {
		require.Nil(t, got, where)
		return
	}
	require.NotNil(t, got, where)
	require.Equal(t, b.estimated, got.Calls, where)
	require.Zero(t, b.amount.Cmp(rat(t, got.Amount)), "%s: %s is not %s", where, got.Amount, b.amount.FloatString(12))
	for _, bound := range []struct {
		missing bool
		want    *big.Rat
		got     *string
	}{{b.noLow, b.low, got.Low}, {b.noHigh, b.high, got.High}} {
		require.Equal(t, bound.missing, bound.got == nil, where)
		if !bound.missing {
			require.Zero(t, bound.want.Cmp(rat(t, *bound.got)), "%s: %s is not %s", where, *bound.got, bound.want.FloatString(12))
		}
	}
}

func (b *besideSums) requireReported(t *testing.T, got *reported, where string) {
	t.Helper()
	if b.reported == 0 {
		require.Nil(t, got, where)
		return
	}
	require.NotNil(t, got, where)
	require.Equal(t, b.reported, got.Calls, where)
	require.Zero(t, b.byOthers.Cmp(rat(t, got.Amount)), where)
	require.Zero(t, b.byBook.Cmp(rat(t, got.Computed)), where)
	require.Zero(t, new(big.Rat).Sub(b.byOthers, b.byBook).Cmp(rat(t, got.Difference)), where)
}

// randomSpan is a row of any kind, also of kinds that llm_cost does not write.
func randomSpan(r *rand.Rand, n int) testSpan {
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	amount := func(known int) *string {
		if r.IntN(10) >= known {
			return nil
		}
		// Short amounts and such that use every digit the store has.
		return ptr(one("0", "0.000000000001", "999999.999999999999", fmt.Sprintf("%d.%012d", r.IntN(1_000_000), r.Int64N(1_000_000_000_000))))
	}
	start := testNow.Add(-time.Duration(1+r.IntN(7200)) * time.Second)
	return call(r.IntN(16), n, start, time.Second).with(func(s *testSpan) {
		s.Tenant, s.Project = one("acme", "acme", "rival"), one("shop", "lab")
		s.UsageRole = one("call", "call", "call", "call", "duplicate", "aggregate", "none")
		s.Provider, s.Response = one("openai", "house"), one("big", "small")
		s.CostStatus = one("exact", "estimated", "provider_reported", "provider_reported", "unknown_model", "partial")
		s.CostCurrency = one("USD", "USD", "USD", "", "EUR")
		s.Cost, s.Reported, s.Computed, s.Estimated = amount(5), amount(7), amount(6), amount(6)
		if s.Estimated != nil {
			s.EstimatedLow, s.EstimatedHigh = amount(9), amount(9)
		}
	})
}

// randomCorrection changes a call's cost; with it goes the row as it is known then.
func randomCorrection(r *rand.Rand, n int, s testSpan) ([]testCorrection, testSpan) {
	var out []testCorrection
	c := testCorrection{}
	for revision := range 1 + r.IntN(3) {
		next := randomSpan(r, n)
		text := ""
		if next.Cost != nil {
			text = *next.Cost
		}
		if revision == 0 {
			c = s.correction(text, next.CostStatus)
		} else {
			c = c.then(text, next.CostStatus)
		}
		c.CurrencyAfter, c.Computed = next.CostCurrency, next.Computed
		out = append(out, c)
		s.Cost, s.CostStatus, s.CostCurrency, s.Computed = next.Cost, next.CostStatus, next.CostCurrency, next.Computed
	}
	return out, s
}

func TestSumsBesideCostsAreExact(t *testing.T) {
	const seed = 20260310
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same rows every time
	s := newTestStore(t)
	var booked, known []testSpan
	var corrections []testCorrection
	for n := range 1200 {
		row := randomSpan(r, n)
		now := row
		if r.IntN(4) == 0 {
			var made []testCorrection
			made, now = randomCorrection(r, n, row)
			corrections = append(corrections, made...)
		}
		booked, known = append(booked, row), append(known, now)
	}
	s.insert(t, booked...)
	s.insert(t, booked[:300]...) // sent again
	s.correct(t, corrections...)
	a := newTestAPI(t, s.conn, s.config.Target())

	var compared, unbounded, bounded int
	for _, key := range []string{"shop", "lab", "rival"} {
		for b, rows := range map[basis][]testSpan{basisBooked: booked, basisKnown: known} {
			total, models, traces := newBesideSums(), map[string]*besideSums{}, map[string]*besideSums{}
			in := func(groups map[string]*besideSums, name string) *besideSums {
				if groups[name] == nil {
					groups[name] = newBesideSums()
				}
				return groups[name]
			}
			for i := range rows {
				row := &rows[i]
				if row.Tenant != keys[key].Tenant || row.Project != keys[key].Project {
					continue
				}
				total.add(t, row)
				in(models, row.Provider+"/"+row.Response).add(t, row)
				in(traces, row.TraceID).add(t, row)
			}
			where := key + " " + string(b)
			got := body[overview](t, a, key, "/api/v1/stats/overview?basis="+string(b))
			total.requireEstimated(t, got.Estimated, where)
			total.requireReported(t, got.Reported, where)
			require.Zero(t, total.costOnly.Cmp(rat(t, *got.Cost.Amount)), "%s: what stands beside costs is not in them", where)
			list := body[modelList](t, a, key, "/api/v1/stats/models?basis="+string(b))
			require.Len(t, list.Models, len(models), where)
			for i := range list.Models {
				m := &list.Models[i]
				name := *m.Provider + "/" + *m.Model
				models[name].requireEstimated(t, m.Estimated, where+" "+name)
				models[name].requireReported(t, m.Reported, where+" "+name)
			}
			for id, sums := range traces {
				detail := body[traceDetail](t, a, key, "/api/v1/traces/"+id+"?content=omit&basis="+string(b))
				sums.requireEstimated(t, detail.Estimated, where+" trace "+id)
				compared++
				if sums.estimated > 0 && sums.noHigh {
					unbounded++
				} else if sums.estimated > 0 {
					bounded++
				}
			}
		}
	}
	require.Positive(t, compared)
	require.Positive(t, unbounded, "traces with an estimate and no upper bound")
	require.Positive(t, bounded, "traces with an upper bound")
}
