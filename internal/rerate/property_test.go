package rerate_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

var (
	tenants = []string{"acme", "beta", "gamma"}
	models  = []string{"m0", "m1", "m2", "m3", "late"}
	epoch   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// longDays is a history with several prices of a model; each day of a real table is a partition of its own.
const longDays = 200

// randomBook is a book of a few models with random periods, under discounts and markups of random tenants. Now and then a model is not
// in it.
func randomBook(t *testing.T, dice *rand.Rand, days int) *pricing.Book {
	var b strings.Builder
	b.WriteString("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1, output: 1}}]}\n")
	for _, m := range models {
		if dice.IntN(4) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  %s:\n    prices:\n", m)
		from := 0
		for range 1 + dice.IntN(3) {
			from += 1 + dice.IntN(1+days*3/10)
			fmt.Fprintf(&b, "      - {from: %s, mtok: {input: %d.%02d", epoch.AddDate(0, 0, from).Format(time.DateOnly), dice.IntN(20), dice.IntN(100))
			if dice.IntN(5) > 0 {
				fmt.Fprintf(&b, ", output: %d.%03d", dice.IntN(80), dice.IntN(1000))
			}
			if dice.IntN(2) > 0 {
				b.WriteString(", cache_read: 0.1")
			}
			b.WriteString("}}\n")
		}
	}
	own := strings.Builder{}
	own.WriteString("tenants:\n  \"*\": [{times: 1}]\n")
	for _, tenant := range tenants {
		if dice.IntN(2) == 0 {
			fmt.Fprintf(&own, "  %s: [{times: %d.%02d}, {model: test/always, times: 0.5, bills: %t}]\n", tenant, dice.IntN(2), dice.IntN(100), dice.IntN(2) == 0)
		}
	}
	book, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte(b.String())}}, fstest.MapFS{"b.yaml": {Data: []byte(own.String())}})
	require.NoError(t, err, b.String()+own.String())
	return book
}

func randomRow(dice *rand.Rand, n, days int) costing.Row {
	count := func(most int) *uint64 {
		if dice.IntN(8) == 0 {
			return nil
		}
		v := uint64(dice.IntN(most))
		return &v
	}
	r := costing.Row{
		Tenant: tenants[dice.IntN(len(tenants))], Project: "default", TraceID: fmt.Sprintf("%032x", n/3), SpanID: fmt.Sprintf("%016x", n),
		Start: epoch.Add(time.Duration(dice.IntN(days*24)) * time.Hour), Role: "llm", UsageRole: []string{"call", "call", "call", "aggregate", "duplicate", "none"}[dice.IntN(6)],
		Provider: "test", RequestModel: models[dice.IntN(len(models))], Input: count(100_000), Output: count(20_000), CacheRead: count(50),
	}
	if dice.IntN(5) == 0 {
		r.Role = "agent"
	}
	if dice.IntN(6) == 0 {
		bill := fmt.Sprintf("%d.%06d", dice.IntN(3), 1+dice.IntN(999_999))
		r.CostReported = &bill
	}
	return r
}

// world is a store with a history, and what has to be true of it.
type world struct {
	t     *testing.T
	dice  *rand.Rand
	store *memory
	book  *pricing.Book
	rows  int
	days  int // that the history has, from epoch
}

// arrive books a call by the book of the moment, or, rarely, without a price.
func (w *world) arrive() {
	r := randomRow(w.dice, w.rows, w.days)
	w.rows++
	if r.UsageRole != "none" && w.dice.IntN(10) > 0 {
		c := rerate.Call{Row: r}
		if r.CostReported != nil {
			// The row says whose figure it is by its status.
			c.Status = []string{string(pricing.StatusProviderReported), ""}[w.dice.IntN(2)]
		}
		book(&r, c.Fresh(w.book))
	}
	w.store.put(r)
}

// settle appends a copy of a row with another role.
func (w *world) settle() {
	if keys := w.store.keys(); len(keys) > 0 {
		r := w.store.booked(keys[w.dice.IntN(len(keys))])
		if r.UsageRole != "none" {
			r.UsageRole = []string{"call", "duplicate", "aggregate"}[w.dice.IntN(3)]
			w.store.put(r)
		}
	}
}

func (w *world) selection() rerate.Selection {
	from := w.dice.IntN(w.days)
	s := rerate.Selection{From: epoch.AddDate(0, 0, from), To: epoch.AddDate(0, 0, from+1+w.dice.IntN(w.days))}
	if w.dice.IntN(2) == 0 {
		s.Tenant = tenants[w.dice.IntN(len(tenants))]
	}
	if w.dice.IntN(3) == 0 {
		s.Model = models[w.dice.IntN(len(models))]
	}
	return s
}

var someRun = rerate.Entry{Run: "run", Reason: "test", Batch: 7}

// rerate prices a selection again. While it runs, calls arrive, are settled, and another does the same; and it may crash.
func (w *world) rerate(s rerate.Selection, crash bool) error {
	depth := 0
	w.store.between = func() {
		if depth > 0 {
			return
		}
		depth++
		defer func() { depth-- }()
		switch w.dice.IntN(40) {
		case 0:
			w.arrive()
		case 1:
			w.settle()
		case 2:
			_, err := rerate.Run(w.t.Context(), w.store, w.book, w.selection(), &someRun)
			if err != nil {
				require.ErrorIs(w.t, err, errCrash)
			}
		}
	}
	w.store.fails = func(entries int) int {
		if !crash || w.dice.IntN(2) == 0 {
			return -1
		}
		return w.dice.IntN(entries + 1)
	}
	_, err := rerate.Run(w.t.Context(), w.store, w.book, s, &someRun)
	w.store.between, w.store.fails = func() {}, func(int) int { return -1 }
	return err
}

// adds up what was booked and the differences of the ledger, NULL as nothing.
func (w *world) added(k callKey) *big.Int {
	row := w.store.booked(k)
	sum := pico(row.Cost)
	for _, e := range w.store.ledger[k] {
		sum.Add(sum, big.NewInt(e.after.Cost.Pico))
		sum.Sub(sum, big.NewInt(e.before.Cost.Pico))
	}
	return sum
}

func pico(cost *string) *big.Int {
	if cost == nil {
		return new(big.Int)
	}
	a, err := pricing.ParseAmount(*cost)
	if err != nil {
		panic(err)
	}
	return big.NewInt(a.Pico)
}

// chained says that each revision begins where the one before ended, from what was booked.
func (w *world) chained(k callKey) {
	row := w.store.booked(k)
	last := (&rerate.Call{Row: row}).Known()
	for n := range uint32(len(w.store.ledger[k])) {
		e, ok := w.store.ledger[k][n+1]
		require.True(w.t, ok, "revision %d of %d is missing", n+1, len(w.store.ledger[k]))
		require.Equal(w.t, figure(&last), figure(&e.before), "revision %d does not begin where the one before ended", n+1)
		require.NotEqual(w.t, figure(&e.before), figure(&e.after), "revision %d corrects nothing", n+1)
		last = e.after
	}
	require.Equal(w.t, w.added(k).String(), pico(w.store.known(k).Cost).String())
}

// figure is what a reader of bills sees.
func figure(s *rerate.State) string { return s.Cost.String() + " " + s.Currency + " " + s.Status }

// fresh says that a call has the cost that the book gives it now.
func (w *world) fresh(k callKey) {
	row := w.store.booked(k)
	want := (&rerate.Call{Row: row}).Fresh(w.book)
	known := w.store.known(k).Known()
	require.Equal(w.t, figure(&want), figure(&known), "of %+v", row)
}

func TestBookedAndCorrectionsAreAFreshComputation(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{t: t, dice: rand.New(rand.NewPCG(seed, 7)), store: newMemory(), days: longDays}
			w.book = randomBook(t, w.dice, w.days)
			for range 12 {
				if w.dice.IntN(2) == 0 {
					w.book = randomBook(t, w.dice, w.days)
				}
				for range w.dice.IntN(40) {
					w.arrive()
				}
				s := w.selection()
				there := map[callKey]bool{}
				untouched := map[callKey]int{}
				for _, k := range w.store.keys() {
					row := w.store.booked(k)
					there[k] = covers(&s, &row)
					untouched[k] = len(w.store.ledger[k])
				}
				quiet := w.dice.IntN(2) == 0
				if quiet {
					w.addsUp(s)
				} else {
					for err := w.rerate(s, true); err != nil; err = w.rerate(s, true) {
						require.ErrorIs(t, err, errCrash)
					}
				}
				for k, covered := range there {
					w.chained(k)
					if covered {
						w.fresh(k)
					} else if quiet {
						require.Len(t, w.store.ledger[k], untouched[k], "a call that was not selected was corrected")
					}
				}
				w.twice(s)
			}
		})
	}
}

// sums are the totals of a selection by tenant.
func (w *world) sums(s rerate.Selection) map[string]*big.Int {
	out := map[string]*big.Int{}
	for _, k := range w.store.keys() {
		if c := w.store.known(k); covers(&s, &c.Row) && c.Counts() {
			if out[c.Tenant] == nil {
				out[c.Tenant] = new(big.Int)
			}
			out[c.Tenant].Add(out[c.Tenant], pico(c.Cost))
		}
	}
	return out
}

// addsUp looks, then does it: a look changes nothing and tells what will be done, and what is told is what totals change by.
func (w *world) addsUp(s rerate.Selection) {
	before := w.sums(s)
	planned, err := rerate.Run(w.t.Context(), w.store, w.book, s, nil)
	require.NoError(w.t, err)
	require.Equal(w.t, fmt.Sprint(before), fmt.Sprint(w.sums(s)), "a look changed something")
	did, err := rerate.Run(w.t.Context(), w.store, w.book, s, &someRun)
	require.NoError(w.t, err)
	require.Equal(w.t, asJSON(w.t, planned), asJSON(w.t, did))
	all := new(big.Int)
	for tenant, after := range w.sums(s) {
		var sum rerate.Sum
		for _, g := range did.Groups {
			if g.Tenant == tenant {
				sum.AddSum(&g.Difference)
			}
		}
		want := new(big.Int).Sub(after, before[tenant])
		all.Add(all, want)
		require.Equal(w.t, picoText(want), sum.String(), "the groups of %s do not add up to what changed", tenant)
	}
	if len(did.Totals) > 0 {
		require.Equal(w.t, picoText(all), did.Totals[0].Difference.String())
	}
}

// twice runs once for what arrived meanwhile, and once more for nothing.
func (w *world) twice(s rerate.Selection) {
	for range 2 {
		w.addsUp(s)
	}
	again, err := rerate.Run(w.t.Context(), w.store, w.book, s, &someRun)
	require.NoError(w.t, err)
	require.Zero(w.t, again.Corrections, "a second run found something")
}

func asJSON(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// picoText is the decimal of a count of pico-dollars, by another way than Sum.
func picoText(p *big.Int) string {
	text := new(big.Rat).SetFrac(p, big.NewInt(1_000_000_000_000)).FloatString(12)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
