package costing

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// house is a small price list, so that what is explained does not change with the market.
const house = `provider: house
source: {page: "https://house.example/prices", read: 2026-05-01, confidence: vendor}
regions:
  uplift: {only: [us], times: 1.1, unstated: region}
models:
  big:
    region: uplift
    prices:
      - from: 2026-01-01
        mtok: {input: 5, cache_read: 0.5, cache_write: 6.25, cache_write_1h: 10, output: 25}
        fees: {thousand_web_searches: 10}
  plain: {prices: [{from: 2026-02-01, mtok: {input: 1, output: 2}}]}
  sound: {prices: [{fees: {hour: 0.37}}]}
---
tenants:
  acme: [{provider: house, times: 0.9}]
  globex: [{provider: house, times: 0.123}]
`

func bookOf(t testing.TB, text string) *pricing.Book {
	t.Helper()
	file := filepath.Join(t.TempDir(), "house.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	b, err := pricing.LoadPaths(file)
	require.NoError(t, err)
	return b
}

func callOf(model string, change ...func(*Call)) *Call {
	c := &Call{Call: pricing.Call{
		Tenant: "initech", Provider: "house", RequestModel: model, Time: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
		Usage: pricing.Usage{Input: pricing.KnownCount(60_000), Output: pricing.KnownCount(2_000), CacheRead: pricing.KnownCount(50_000)},
	}}
	for _, f := range change {
		f(c)
	}
	return c
}

func textOf(t testing.TB, e *Explanation) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, e.WriteText(&b))
	return b.String()
}

func TestExplain(t *testing.T) {
	b := bookOf(t, house)
	e := Explain(b, callOf("big", func(c *Call) {
		c.Tenant, c.Region, c.Usage.WebSearches = "acme", "us", pricing.KnownCount(1)
	}))
	id := *e.PriceID
	require.Regexp(t, `^house/big@2026-01-01#[0-9a-f]{8}`, id)
	assert.Equal(t, `cost        0.13275 USD
status      exact
record      `+id+`
model       house/big
matched by  big
valid       from 2026-01-01
rates       standard
multiplier  1.1 on tokens (place of processing: uplift)
multiplier  0.9 on all (agreed price: acme, house)
source      https://house.example/prices
read        2026-05-01 (vendor)

        UNIT  COUNT  USD      PER     COST
       input  10000    5  1000000   0.0495
  cache_read  50000  0.5  1000000  0.02475
      output   2000   25  1000000   0.0495
  web_search      1   10     1000    0.009

((10000*5/1000000 + 50000*0.5/1000000 + 2000*25/1000000)*1.1 + 1*10/1000)*0.9 = 0.13275
`, textOf(t, &e))
	assert.Equal(t, FromBook, e.From)
	// A tenant is told of its own factors only.
	shown, err := json.Marshal(e)
	require.NoError(t, err)
	assert.NotContains(t, string(shown), "globex")
	other := Explain(b, callOf("big"))
	assert.Empty(t, other.Multipliers)
}

func TestExplainSaysWhatWasAssumed(t *testing.T) {
	b := bookOf(t, house)
	e := Explain(b, callOf("big", func(c *Call) { c.Usage.CacheWrite = pricing.KnownCount(1000) }))
	require.Equal(t, "assumed:cache_write_ttl+region", *e.Status)
	require.Len(t, e.Assumptions, 2)
	text := textOf(t, &e)
	assert.Contains(t, text, "assumed     The cached tokens were written for the shorter time, five minutes.\nexact if    The span says how many were written")
	assert.Contains(t, text, "assumed     The global endpoint, without a surcharge for a region.")

	sum := Explain(b, callOf("plain", func(c *Call) { c.Sum, c.Usage.CacheRead = true, pricing.Count{} }))
	assert.Equal(t, "assumed:aggregate", *sum.Status)
	assert.Contains(t, textOf(t, &sum), "was priced as if it were one")

	low := Explain(b, callOf("plain", func(c *Call) { c.LowerBound, c.Usage.CacheRead = true, pricing.Count{} }))
	assert.Equal(t, "partial", *low.Status)
	assert.Equal(t, []string{"input"}, low.Unpriced)
	assert.Len(t, low.Says, 2)
}

// Everything that can be assumed has words, and nothing else has.
func TestEveryAssumptionHasWords(t *testing.T) {
	names := append(pricing.AssumptionNames(), assumedAggregate)
	assert.Len(t, assumedTexts, len(names))
	for _, name := range names {
		a := assumptions(name)
		require.Len(t, a, 1, name)
		assert.Equal(t, name, a[0].Name)
		assert.Equal(t, assumedTexts[name].Assumed, a[0].Assumed)
		assert.NotEmpty(t, a[0].Assumed, name)
		assert.NotEmpty(t, a[0].ExactIf, name)
	}
	assert.Contains(t, assumptions("never_heard_of")[0].Assumed, "does not know the name")
	assert.Equal(t, "region+time", assumedOf("assumed:region+time"))
	assert.Empty(t, assumedOf("exact"))
}

func TestExplainWithoutAnAmount(t *testing.T) {
	b := bookOf(t, house)
	unknown := Explain(b, callOf("bigger", func(c *Call) { c.ServerAddress = "api.example.com" }))
	assert.Equal(t, "cost    not known\nstatus  unknown_model\n"+
		"says    The book has no price for this call (provider \"house\", model \"bigger\", host \"api.example.com\"). "+
		"It does not guess: a price file of your own can give it one.\n", textOf(t, &unknown))
	assert.Equal(t, FromNone, unknown.From)

	silent := Explain(b, callOf("big", func(c *Call) { c.Usage = pricing.Usage{} }))
	assert.Equal(t, "no_usage", *silent.Status)
	assert.Contains(t, silent.Says[0], "which is not 0")

	local := Explain(b, callOf("any", func(c *Call) { c.Provider, c.ServerAddress = "", "localhost:11434" }))
	assert.Equal(t, "local", *local.Status)
	assert.Equal(t, "0", *local.Arithmetic)
	assert.Contains(t, local.Says[0], "a machine of the user's own")
}

func TestExplainABill(t *testing.T) {
	b := bookOf(t, house)
	billed := callOf("plain", func(c *Call) {
		c.Usage.CacheRead = pricing.Count{}
		c.Reported = pricing.Reported{Amount: pricing.USD(50_000_000_000), Authoritative: true}
	})
	e := Explain(b, billed)
	assert.Equal(t, FromBill, e.From)
	assert.Equal(t, "0.05", *e.Amount)
	assert.Equal(t, &Bill{Amount: "0.05", Computed: ptr("0.064"), Difference: ptr("-0.014")}, e.Bill)
	assert.Equal(t, "60000*1/1000000 + 2000*2/1000000 = 0.064", *e.Arithmetic, "how the book comes to its figure")
	assert.Contains(t, textOf(t, &e), "by the book     0.064\nbill less book  -0.014\n")

	billed.RequestModel = "bigger"
	e = Explain(b, billed)
	assert.Equal(t, &Bill{Amount: "0.05"}, e.Bill)
	assert.Nil(t, e.Arithmetic)
}

func TestArithmeticSaysWhenItIsRounded(t *testing.T) {
	b := bookOf(t, house)
	e := Explain(b, callOf("sound", func(c *Call) { c.Usage = pricing.Usage{Milliseconds: pricing.KnownCount(1001)} }))
	assert.Equal(t, "1001*0.37/3600000 = 0.000102880556, rounded to twelve decimals", *e.Arithmetic)
}

// Whatever is counted, the one line comes to the amount.
func TestArithmeticComesToTheAmount(t *testing.T) {
	b, fromRow := bookOf(t, house), 0
	changed := bookOf(t, strings.NewReplacer("output: 2}", "output: 3}", "output: 25}", "output: 24}").Replace(house))
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	some := func(limit int64) pricing.Count {
		if random.IntN(3) == 0 {
			return pricing.Count{}
		}
		return pricing.KnownCount(random.Int64N(limit))
	}
	for range 500 {
		c := callOf([]string{"big", "plain", "sound"}[random.IntN(3)], func(c *Call) {
			c.Tenant = []string{"acme", "globex", "initech"}[random.IntN(3)]
			c.Region = []string{"", "us", "eu"}[random.IntN(3)]
			c.Usage = pricing.Usage{
				Input: some(1e6), Output: some(1e5), CacheRead: some(1e5), CacheWrite5m: some(1e4), CacheWrite1h: some(1e4),
				WebSearches: some(9), Milliseconds: some(1e7),
			}
		})
		e := Explain(b, c)
		if e.Amount == nil {
			continue
		}
		require.NotNil(t, e.Arithmetic)
		requireComesTo(t, *e.Arithmetic, *e.Amount)

		// So does what the row tells of itself, once the book has another price.
		row := rowOf(b, c)
		stored := ExplainRow(changed, row)
		require.Equal(t, row.Cost, stored.Amount)
		require.NotNil(t, stored.Arithmetic)
		requireComesTo(t, *stored.Arithmetic, *row.Cost)
		fromRow += map[string]int{FromRow: 1}[stored.From]
	}
	require.Greater(t, fromRow, 100)
}

// requireComesTo works the line out again, by other means than it was made.
func requireComesTo(t testing.TB, line, amount string) {
	t.Helper()
	sum, result, ok := strings.Cut(line, " = ")
	if !ok {
		result = sum
	}
	result, rounded := strings.CutSuffix(result, ", rounded to twelve decimals")
	require.Equal(t, amount, result, line)
	value, ok := evaluate(sum)
	require.True(t, ok, line)
	if rounded {
		a, err := pricing.ParseAmount(value.FloatString(18))
		require.NoError(t, err)
		require.Equal(t, amount, a.String(), line)
		return
	}
	a, err := pricing.ParseAmount(amount)
	require.NoError(t, err)
	require.Zero(t, value.Cmp(ratOf(a)), line)
}

func TestEvaluate(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "1 + 2*3/4": "5/2", "(1 + 2)*1.5 - 0.5": "4", "((2))*(3 + 1)": "8", "10/4": "5/2",
	} {
		v, ok := evaluate(text)
		require.True(t, ok, text)
		require.Equal(t, want, v.RatString(), text)
	}
	for _, text := range []string{"", "1 +", "(1", "1)", "x", "1/0", "1 2x"} {
		_, ok := evaluate(text)
		require.False(t, ok, text)
	}
}

// rowOf is a stored call as the processor books it.
func rowOf(b *pricing.Book, c *Call) *Row {
	r := c.Price(b)
	text := func(a pricing.Amount) *string { return orNull(a.String()) }
	n := func(c pricing.Count) *uint64 {
		if !c.Known {
			return nil
		}
		return ptr(uint64(c.N))
	}
	row := &Row{
		Tenant: c.Tenant, TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16), Start: c.Time, Role: "llm", UsageRole: semconv.UsageRoleCall,
		Provider: c.Provider, RequestModel: c.RequestModel, ServerAddress: c.ServerAddress,
		Input: n(c.Usage.Input), Output: n(c.Usage.Output), CacheRead: n(c.Usage.CacheRead), CacheWrite: n(c.Usage.CacheWrite),
		CacheWrite5m: n(c.Usage.CacheWrite5m), CacheWrite1h: n(c.Usage.CacheWrite1h),
		Units: map[string]int64{}, Conditions: map[string]string{},
		Cost: text(r.Amount), CostInput: text(r.Components.Input), CostCacheRead: text(r.Components.CacheRead),
		CostCacheWrite: text(r.Components.CacheWrite), CostOutput: text(r.Components.Output), CostFees: text(r.Components.Fees),
		Currency: r.Currency, Status: r.StatusText(), PriceID: r.PriceID, PriceSource: r.PriceSource, EffectiveFrom: r.EffectiveFrom, Unpriced: r.Unpriced,
	}
	if c.Usage.WebSearches.Known {
		row.Units[semconv.WatchLLMUsageWebSearches] = c.Usage.WebSearches.N
	}
	if c.Region != "" {
		row.Conditions[semconv.WatchLLMCallRegion] = c.Region
	}
	if r.Status == pricing.StatusProviderReported {
		row.CostReported, row.CostComputed = text(r.Amount), text(r.Computed)
	}
	return row
}

func TestARowIsExplainedByTheBookThatPricedIt(t *testing.T) {
	b := bookOf(t, house)
	for name, c := range map[string]*Call{
		"exact":   callOf("big", func(c *Call) { c.Region, c.Usage.WebSearches = "us", pricing.KnownCount(2) }),
		"assumed": callOf("big"),
		"partial": callOf("plain", func(c *Call) { c.Usage.Output = pricing.Count{} }),
		"tenant":  callOf("big", func(c *Call) { c.Tenant = "acme" }),
		"unknown": callOf("bigger"),
		"bill":    callOf("plain", func(c *Call) { c.Reported = pricing.Reported{Amount: pricing.USD(7e9), Authoritative: true} }),
	} {
		row, want := rowOf(b, c), Explain(b, c)
		assert.Equal(t, want, ExplainRow(b, row), name)
	}
	// As it was written before ids had a fingerprint.
	row := rowOf(b, callOf("big"))
	row.PriceID, _, _ = strings.Cut(row.PriceID, "#")
	e := ExplainRow(b, row)
	assert.Equal(t, FromBook, e.From)
	assert.Equal(t, row.PriceID, *e.PriceID)
}

func TestARowExplainsItselfWhenTheBookHasAnotherPrice(t *testing.T) {
	b := bookOf(t, house)
	row := rowOf(b, callOf("big", func(c *Call) { c.Region, c.Usage.WebSearches = "us", pricing.KnownCount(1) }))
	now := bookOf(t, strings.NewReplacer("input: 5", "input: 4").Replace(house))
	e := ExplainRow(now, row)
	today := *e.Today.PriceID
	require.NotEqual(t, row.PriceID, today)
	assert.Equal(t, `cost            0.1475 USD
status          exact
record          `+row.PriceID+`
model           house/big
valid           from 2026-01-01
source          https://house.example/prices
says            The book in use no longer has the price `+row.PriceID+` for this call; today it takes the price `+today+`. The prices here are worked out from the parts of the amount and the counts, as the row keeps them.
today           0.1365 USD, exact
today's record  `+today+`
today's sum     (10000*4/1000000 + 50000*0.5/1000000 + 2000*25/1000000)*1.1 + 1*10/1000 = 0.1365

        UNIT  COUNT   USD      PER    COST
       input  10000   5.5  1000000   0.055
  cache_read  50000  0.55  1000000  0.0275
      output   2000  27.5  1000000   0.055
        fees                          0.01

10000*5.5/1000000 + 50000*0.55/1000000 + 2000*27.5/1000000 + 0.01 = 0.1475
`, textOf(t, &e))
	assert.Equal(t, FromRow, e.From)
}

func TestPricesThatAreNoDecimal(t *testing.T) {
	r := &Row{
		Provider: "house", RequestModel: "gone", Status: "exact", PriceID: "house/gone@2025-01-01#00000000", Currency: "USD",
		Input: ptr(uint64(7)), Output: ptr(uint64(3)), Cost: ptr("0.000001000002"), CostInput: ptr("0.000001"), CostOutput: ptr("0.000000000001"),
	}
	e := ExplainRow(bookOf(t, house), r)
	assert.Equal(t, "1/7", *e.Lines[0].Price)
	assert.Equal(t, "0.000001 + 0.000000000001 + 0.000000000001 = 0.000001000002", *e.Arithmetic,
		"what rounding each part has made is a part of its own")
	requireComesTo(t, *e.Arithmetic, *r.Cost)
	assert.Equal(t, "unknown_model", e.Today.Status)
	r.Cost = ptr("0.000001")
	e = ExplainRow(bookOf(t, house), r)
	requireComesTo(t, *e.Arithmetic, "0.000001")
}

func TestRowsThatHaveNoAmountOfTheirOwn(t *testing.T) {
	b := bookOf(t, house)
	row := rowOf(b, callOf("bigger"))
	row.RequestModel = "big" // the book learnt of it since
	e := ExplainRow(b, row)
	assert.Equal(t, FromNone, e.From)
	assert.Nil(t, e.Amount)
	assert.Equal(t, "0.125", *e.Today.Amount)
	assert.Contains(t, e.Says[1], "which was not known then")

	silent := rowOf(b, callOf("bigger"))
	silent.Status, silent.Input, silent.Output, silent.CacheRead = "no_usage", nil, nil, nil
	e = ExplainRow(b, silent)
	assert.Equal(t, []string{"The call came without a count of anything that is charged: what it cost is not known, which is not 0."}, e.Says)

	silent.Status, silent.Estimated, silent.EstimatedLow, silent.EstimatedHigh = "estimated", ptr("0.000115"), ptr("0.00006"), ptr("0.0002425")
	e = ExplainRow(b, silent)
	assert.Nil(t, e.Amount)
	assert.Equal(t, []string{
		"The call came without a count of anything that is charged: what it cost is not known, which is not 0.",
		"Estimated from its messages, and in no total: 0.000115 USD, at least 0.00006, at most 0.0002425.",
	}, e.Says)

	row.Status = ""
	e = ExplainRow(b, row)
	assert.Contains(t, e.Says[0], "never priced")

	bill := rowOf(b, callOf("plain", func(c *Call) { c.Reported = pricing.Reported{Amount: pricing.USD(7e9), Authoritative: true} }))
	bill.CostComputed = ptr("0.5")
	e = ExplainRow(b, bill)
	assert.Equal(t, FromBill, e.From)
	assert.Equal(t, &Bill{Amount: "0.007", Computed: ptr("0.5"), Difference: ptr("-0.493")}, e.Bill)
}

func TestAccount(t *testing.T) {
	b := bookOf(t, house)
	row := rowOf(b, callOf("plain", func(c *Call) { c.Usage.CacheRead = pricing.Count{} }))
	id := row.PriceID
	row.Cost, row.CostInput, row.CostOutput, row.Status, row.Currency, row.PriceID = nil, nil, nil, "unknown_model", "", ""
	at := time.Date(2026, 5, 2, 10, 0, 0, 0, time.UTC)
	alone := AccountOf(b, row, nil)
	assert.Equal(t, alone.Booked, alone.Known)
	assert.Equal(t, alone.Explanation.Booked, alone.Explanation.Known)
	var out strings.Builder
	require.NoError(t, alone.WriteText(&out))
	assert.Contains(t, out.String(), "Never corrected: this is what is known.\n")

	a := AccountOf(b, row, []Correction{{
		Revision: 1, AdjustedAt: at, RunID: "r1", Reason: "the model has a price now", BookReadOn: at,
		StatusBefore: "unknown_model", StatusAfter: "exact", After: ptr("0.064"), CurrencyAfter: "USD", PriceIDAfter: id,
		CostInput: ptr("0.06"), CostOutput: ptr("0.004"),
	}})
	assert.Nil(t, a.Booked.Amount)
	assert.Equal(t, "0.064", *a.Known.Amount)
	assert.Equal(t, "0.06", *a.Known.Components.Input)
	assert.Equal(t, FromBook, a.Explanation.Known.From)
	out.Reset()
	require.NoError(t, a.WriteText(&out))
	golden(t, "account.txt", out.String())
}

// golden compares with a file in testdata; UPDATE_GOLDEN=1 rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "UPDATE_GOLDEN=1 go test writes it")
	require.Equal(t, string(want), got)
}
