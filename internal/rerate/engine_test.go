package rerate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	chgo "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
	"github.com/watchllm/watchllm/internal/testkit"
)

// engine is a migrated database, over HTTP or the native protocol.
func engine(t *testing.T, native bool) (clickhouse.ClientConfig, *rerate.ClickHouse) {
	e := testkit.StartEngine(t)
	c := clickhouse.NewDefaultClientConfig()
	c.Endpoint, c.Username, c.Password, c.Database = e.Endpoint, e.Username, configopaque.String(e.Password), e.Database(t)
	_, err := clickhouse.Migrate(t.Context(), c, "test")
	require.NoError(t, err)
	if native {
		c.Endpoint = "clickhouse://" + e.Native(t)
	}
	conn, err := c.Open()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return c, &rerate.ClickHouse{Conn: conn, Target: c.Target()}
}

// insert stores rows as the exporter does.
func insert(t *testing.T, s *rerate.ClickHouse, rows []costing.Row) {
	if len(rows) == 0 {
		return
	}
	ctx := chgo.Context(t.Context(), chgo.WithSettings(chgo.Settings{"max_partitions_per_insert_block": 0}))
	b, err := s.Conn.PrepareBatch(ctx, "INSERT INTO "+s.Target.Table(clickhouse.TableSpans)+` (tenant_id, project_id, trace_id, span_id, start_time,
end_time, retention_days, role, usage_role, provider, request_model, input_tokens, output_tokens, cache_read_tokens, cost, cost_reported,
cost_currency, cost_status, price_id)`)
	require.NoError(t, err)
	defer b.Close()
	for _, r := range rows {
		require.NoError(t, b.Append(r.Tenant, r.Project, r.TraceID, r.SpanID, r.Start, r.Start, r.Retention, r.Role, r.UsageRole, r.Provider, r.RequestModel,
			r.Input, r.Output, r.CacheRead, r.Cost, r.CostReported, r.Currency, r.Status, r.PriceID))
	}
	require.NoError(t, b.Send())
}

// shown is every call as the view shows it, by its key.
func shown(t *testing.T, conn driver.Conn, target clickhouse.Target) map[string]string {
	rows, err := conn.Query(t.Context(), `SELECT tenant_id, trace_id, span_id, usage_role, cost_status, ifNull(toString(cost), ''), ifNull(toString(cost_booked), ''), cost_revision
FROM `+target.Table(clickhouse.ViewKnown))
	require.NoError(t, err)
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var tenant, trace, span, role, status, cost, booked string
		var revision uint32
		require.NoError(t, rows.Scan(&tenant, &trace, &span, &role, &status, &cost, &booked, &revision))
		key := tenant + " " + trace + " " + span
		require.NotContains(t, out, key, "the view shows a call twice")
		out[key] = fmt.Sprint(role, " ", status, " ", cost, " ", booked, " ", revision)
	}
	require.NoError(t, rows.Err())
	return out
}

func (m *memory) shown() map[string]string {
	or := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	out := map[string]string{}
	for _, k := range m.keys() {
		b, c := m.booked(k), m.known(k)
		out[k.tenant+" "+k.trace+" "+k.span] = fmt.Sprint(c.UsageRole, " ", c.Status, " ", or(c.Cost), " ", or(b.Cost), " ", c.Revision)
	}
	return out
}

// unreliable loses inserts, or their answers, now and then.
type unreliable struct {
	rerate.Store
	dice *rand.Rand
}

func (u *unreliable) Append(ctx context.Context, e rerate.Entry, batch []rerate.Adjustment) error {
	// A crash between two inserts: a part is stored.
	n := u.dice.IntN(len(batch) + 1)
	switch u.dice.IntN(3) {
	case 0:
		if n > 0 {
			if err := u.Store.Append(ctx, e, batch[:n]); err != nil {
				return err
			}
		}
		return errCrash
	case 1:
		return errors.Join(u.Store.Append(ctx, e, batch), errCrash)
	}
	return u.Store.Append(ctx, e, batch)
}

// The same history in the real store and in memory ends in the same costs.
func TestEngineKeepsTheSameLedger(t *testing.T) {
	for name, native := range map[string]bool{"http": false, "native": true} {
		t.Run(name, func(t *testing.T) {
			_, real := engine(t, native)
			w := &world{t: t, dice: rand.New(rand.NewPCG(3, 9)), store: newMemory(), days: 4}
			w.book = randomBook(t, w.dice, w.days)
			real.SliceRows = 30
			for round := range 4 {
				if round%2 == 1 {
					w.book = randomBook(t, w.dice, w.days)
				}
				var rows []costing.Row
				for range 80 {
					w.arrive()
					if w.dice.IntN(6) == 0 {
						w.settle()
					}
				}
				for _, k := range w.store.keys() {
					copies := w.store.rows[k]
					for i := range copies {
						copies[i].Retention = uint16(7000 + len(k.tenant)%2)
					}
					rows = append(rows, copies[len(copies)-1])
				}
				insert(t, real, rows)
				s := w.selection()
				crashing := &unreliable{real, w.dice}
				entry := rerate.Entry{Run: fmt.Sprint(name, round), Reason: "it's a test", At: epoch, BookReadOn: w.book.AsOf()}
				_, err := rerate.Run(t.Context(), crashing, w.book, s, &entry)
				for err != nil {
					require.ErrorIs(t, err, errCrash)
					_, err = rerate.Run(t.Context(), crashing, w.book, s, &entry)
				}
				_, err = rerate.Run(t.Context(), w.store, w.book, s, &entry)
				require.NoError(t, err)
				require.Equal(t, w.store.shown(), shown(t, real.Conn, real.Target))
				again, err := rerate.Run(t.Context(), real, w.book, s, &entry)
				require.NoError(t, err)
				require.Zero(t, again.Corrections)
			}
			// What was booked and the differences add up to what is known.
			var booked, known string
			require.NoError(t, real.Conn.QueryRow(t.Context(), `SELECT toString(sum(toDecimal128(cost, 12))
+ (SELECT sum(toDecimal128(ifNull(cost_after, 0), 12) - toDecimal128(ifNull(cost_before, 0), 12)) FROM `+real.Target.Table(clickhouse.TableAdjustments)+` FINAL))
FROM `+real.Target.Table(clickhouse.TableSpans)+` FINAL`).Scan(&booked))
			require.NoError(t, real.Conn.QueryRow(t.Context(), `SELECT toString(sum(toDecimal128(cost, 12))) FROM `+real.Target.Table(clickhouse.ViewKnown)).Scan(&known))
			require.Equal(t, known, booked)
			require.NotEqual(t, "0", known)

			// The history has every run that corrected something, and its figures are those of calls.
			runs, err := real.History(t.Context(), 100)
			require.NoError(t, err)
			require.Greater(t, len(runs), 1)
			var history rerate.Sum
			for _, r := range runs {
				d, err := pricing.ParseAmount(r.Difference)
				require.NoError(t, err)
				history.Add(d)
				require.Equal(t, "it's a test", r.Reason)
				require.GreaterOrEqual(t, r.Corrections, r.Calls)
			}
			require.NoError(t, real.Conn.QueryRow(t.Context(), `SELECT toString(sum(toDecimal128(ifNull(cost, 0), 12) - toDecimal128(ifNull(cost_booked, 0), 12))) FROM `+
				real.Target.Table(clickhouse.ViewKnown)+` WHERE usage_role = 'call'`).Scan(&known))
			require.Equal(t, known, history.String())

			// What the present book does not know is what a fresh computation does not know.
			names, err := real.Names(t.Context(), rerate.Selection{From: epoch, To: epoch.AddDate(1, 0, 0)})
			require.NoError(t, err)
			unknown, _ := rerate.Unknown(names, w.book)
			calls := map[string]uint64{}
			for _, k := range w.store.keys() {
				row := w.store.booked(k)
				if c := (&rerate.Call{Row: row}); c.Counts() && !w.book.Knows("test", c.RequestModel) {
					calls[c.RequestModel]++
				}
			}
			got := map[string]uint64{}
			for _, n := range unknown {
				got[n.Model()] += n.Calls
			}
			require.Equal(t, calls, got)
		})
	}
}

// A batch may hold more months and retention classes than a server lets an insert touch by default.
func TestBatchOfManyPartitions(t *testing.T) {
	_, real := engine(t, false)
	book := randomBook(t, rand.New(rand.NewPCG(1, 1)), longDays)
	n := uint64(100)
	var rows []costing.Row
	for i := range 150 {
		rows = append(rows, costing.Row{
			Tenant: "acme", Project: "default", TraceID: fmt.Sprintf("%032x", i), SpanID: fmt.Sprintf("%016x", i), Start: epoch, Retention: uint16(2000 + i),
			Role: "llm", UsageRole: "call", Provider: "test", RequestModel: "always", Input: &n, Output: &n,
		})
	}
	insert(t, real, rows)
	r, err := rerate.Run(t.Context(), real, book, rerate.Selection{From: epoch, To: epoch.Add(time.Hour)}, &rerate.Entry{Run: "r", At: epoch})
	require.NoError(t, err)
	require.Equal(t, 150, r.Corrections)
}

// Two hundred thousand calls, with the memory it took here and the time that a million would take: printed, not asserted.
func TestManyCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const calls = 200_000
	_, real := engine(t, false)
	book := randomBook(t, rand.New(rand.NewPCG(1, 1)), longDays)
	for first := 0; first < calls; first += 50_000 {
		require.NoError(t, real.Conn.Exec(t.Context(), fmt.Sprintf(`INSERT INTO %s (tenant_id, project_id, trace_id, span_id, start_time, end_time, role, usage_role,
provider, request_model, input_tokens, output_tokens, cost, cost_currency, cost_status, retention_days)
SELECT concat('t', toString(number %% 7)), 'default', lower(hex(sipHash128(number))), lower(hex(sipHash64(number))),
toDateTime64('2026-03-01 00:00:00', 9, 'UTC') + toIntervalMillisecond(number * 1000) AS s, s, 'llm', 'call', 'test', 'always', 1000 + number %% 1000, 200, 0.5, 'USD', 'exact', 9000
FROM numbers(%d, 50000) SETTINGS max_insert_threads = 1, max_block_size = 20000`, real.Target.Table(clickhouse.TableSpans), first)))
	}
	s := rerate.Selection{From: epoch, To: epoch.AddDate(1, 0, 0)}
	for _, what := range []string{"look", "append", "again"} {
		var e *rerate.Entry
		if what != "look" {
			e = &rerate.Entry{Run: what, Reason: what, At: epoch, BookReadOn: book.AsOf()}
		}
		var peak uint64
		watched := &watching{Store: real, each: func(n int) {
			if n%20_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}}
		start := time.Now()
		r, err := rerate.Run(t.Context(), watched, book, s, e)
		took := time.Since(start)
		require.NoError(t, err)
		require.Equal(t, calls, r.Rows)
		if what == "again" {
			require.Zero(t, r.Corrections)
		} else {
			require.Equal(t, calls, r.Corrections)
		}
		t.Logf("%s: %s for a million calls, heap %d MiB", what, (took * 1_000_000 / calls).Round(100*time.Millisecond), peak>>20)
	}
}

// watching counts what a store gives out.
type watching struct {
	rerate.Store
	each func(n int)
}

func (w *watching) Calls(ctx context.Context, s rerate.Selection, each func(*rerate.Call) error) error {
	n := 0
	return w.Store.Calls(ctx, s, func(c *rerate.Call) error {
		n++
		w.each(n)
		return each(c)
	})
}

// Whoever lost the lease writes nothing more: another may be counting on the ledger as it is.
func TestNothingIsAppendedWithoutTheLease(t *testing.T) {
	c, s := engine(t, false)
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var rows []costing.Row
	for n := range 3 {
		rows = append(rows, costing.Row{
			Tenant: "acme", Project: "default", TraceID: fmt.Sprintf("%032x", n), SpanID: fmt.Sprintf("%016x", n), Start: start, Retention: 36500,
			Role: "llm", UsageRole: "call", Provider: "test", RequestModel: "always", Input: new(uint64), Output: new(uint64),
		})
	}
	insert(t, s, rows)
	book, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1, output: 1}}]}\n")}})
	require.NoError(t, err)
	s.Lease, err = c.Acquire(t.Context(), "rerate_lease", "this run")
	require.NoError(t, err)
	comment := "ALTER TABLE " + c.Target().Table("rerate_lease") + " MODIFY COMMENT "
	require.NoError(t, s.Conn.Exec(t.Context(), comment+"'another run'"))
	appended := func() (n uint64) {
		require.NoError(t, s.Conn.QueryRow(t.Context(), "SELECT count() FROM "+c.Target().Table(clickhouse.TableAdjustments)).Scan(&n))
		return n
	}
	sel := rerate.Selection{From: start, To: start.Add(time.Nanosecond)}
	_, err = rerate.Run(t.Context(), s, book, sel, &rerate.Entry{Run: "r1"})
	require.ErrorIs(t, err, clickhouse.ErrLeased)
	require.Zero(t, appended())

	require.NoError(t, s.Conn.Exec(t.Context(), comment+"'this run'"))
	_, err = rerate.Run(t.Context(), s, book, sel, &rerate.Entry{Run: "r1", At: start, BookReadOn: start})
	require.NoError(t, err)
	require.EqualValues(t, 3, appended())
	require.NoError(t, s.Lease.Release(t.Context()))
}

// Two projects may have calls with the same ids: each has its own corrections, also where one insert holds one of them only.
func TestProjectsWithTheSameIds(t *testing.T) {
	_, s := engine(t, false)
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	book, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1, output: 1}}]}\n")}})
	require.NoError(t, err)
	tokens := []uint64{1_000_000, 3_000_000}
	for i, project := range []string{"lab", "shop"} {
		require.NoError(t, s.Conn.Exec(t.Context(), `INSERT INTO `+s.Target.Table(clickhouse.TableSpans)+` (tenant_id, project_id, identity_project, trace_id, span_id, start_time,
end_time, retention_days, role, usage_role, provider, request_model, input_tokens, output_tokens) VALUES
('acme', {project:String}, {project:String}, repeat('a', 32), repeat('b', 16), '2026-03-01 00:00:00', '2026-03-01 00:00:00', 36500, 'llm', 'call', 'test', 'always', {tokens:UInt64}, 0)`,
			chgo.Named("project", project), chgo.Named("tokens", tokens[i])))
	}
	sel := rerate.Selection{From: start, To: start.Add(time.Second)}
	r, err := rerate.Run(t.Context(), s, book, sel, &rerate.Entry{Run: "r1", At: start, BookReadOn: start, Batch: 1})
	require.NoError(t, err)
	require.Equal(t, 2, r.Corrections)
	var known string
	require.NoError(t, s.Conn.QueryRow(t.Context(), `SELECT arrayStringConcat(arraySort(groupArray(concat(project_id, ' ', toString(cost)))), ', ') FROM `+
		s.Target.Table(clickhouse.ViewKnown)).Scan(&known))
	require.Equal(t, "lab 1, shop 3", known)
	again, err := rerate.Run(t.Context(), s, book, sel, &rerate.Entry{Run: "r2", At: start, BookReadOn: start})
	require.NoError(t, err)
	require.Zero(t, again.Corrections)
}

// Late fields complete a call that was corrected: what is known of it is of its earlier version until it is priced again.
func TestCallsThatAreCompletedAfterACorrection(t *testing.T) {
	_, s := engine(t, false)
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	book, err := pricing.Load(fstest.MapFS{"a.yaml": {Data: []byte("provider: test\nsource: {page: p, read: \"2026-08-02\"}\nmodels:\n  always: {prices: [{mtok: {input: 1, output: 1}}]}\n")}})
	require.NoError(t, err)
	version := func(tokens uint64, cost string) {
		insert(t, s, []costing.Row{{
			Tenant: "acme", Project: "default", TraceID: fmt.Sprintf("%032x", 1), SpanID: fmt.Sprintf("%016x", 1), Start: start, Retention: 36500,
			Role: "llm", UsageRole: "call", Provider: "test", RequestModel: "always", Input: &tokens, Output: new(uint64), Cost: &cost, Currency: "USD", Status: "exact",
		}})
	}
	rerated := func(run string) int {
		r, err := rerate.Run(t.Context(), s, book, rerate.Selection{From: start, To: start.Add(time.Second)}, &rerate.Entry{Run: run, At: start, BookReadOn: start})
		require.NoError(t, err)
		return r.Corrections
	}
	known := func() string {
		for _, call := range shown(t, s.Conn, s.Target) {
			return call
		}
		return ""
	}
	version(1_000_000, "7")
	require.Equal(t, 1, rerated("r1"))
	require.Equal(t, "call exact 1 7 1", known())
	version(5_000_000, "35")
	require.Equal(t, 1, rerated("r2"), "it is found")
	require.Equal(t, "call exact 5 35 2", known())
	require.Zero(t, rerated("r3"))
}
