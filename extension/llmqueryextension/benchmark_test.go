package llmqueryextension

import (
	"net/http"
	"net/http/httptest"
	"testing"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

// benchmarkSpans makes spans of one project, five to a trace and three of them calls, spread over a day.
const benchmarkSpans = `INSERT INTO llm_spans (tenant_id, project_id, trace_id, span_id, parent_span_id, start_time, end_time,
    duration_ns, ingested_at, name, kind, status_code, service_name, role, usage_role, provider, request_model, response_model,
    input_tokens, output_tokens, cost, cost_currency, cost_status, user_id, input_messages, output_messages, attributes_string, retention_days)
SELECT 'acme', 'shop', lower(concat(hex(sipHash64(intDiv(number, 5))), hex(sipHash64(intDiv(number, 5), 7)))) AS trace, lower(hex(sipHash64(number))),
    if(number % 5 = 0, '', lower(hex(sipHash64(number - number % 5)))),
    toDateTime64('2026-03-09 12:00:00', 9, 'UTC') + toIntervalMillisecond(intDiv(86400000 * number, {n:UInt64})) AS start, start + toIntervalSecond(1),
    rand(1) % 5000000000, start, 'chat gpt', 'client', if(rand(2) % 50 = 0, 'error', 'unset'), 'svc', 'llm',
    if(number % 5 IN (1, 2, 3), 'call', 'none'), 'openai', 'gpt-5', 'gpt-5', rand(3) % 10000, rand(4) % 1000,
    toDecimal64(rand(5) % 10000, 12) / 1000000, 'USD', 'exact', concat('user-', toString(rand(6) % 10000)),
    repeat('hello world ', 50), repeat('foo bar ', 30), map('a', toString(number)), 36500
FROM numbers({from:UInt64}, {rows:UInt64})`

func BenchmarkQueries(b *testing.B) {
	const n = 500_000
	s := newTestStore(b)
	// In blocks, as the exporter sends them: one of half a million rows takes more memory than the engine has.
	const rows = 50_000
	for from := 0; from < n; from += rows {
		require.NoError(b, s.conn.Exec(b.Context(), benchmarkSpans,
			clickhousego.Named("n", n), clickhousego.Named("from", from), clickhousego.Named("rows", rows)))
	}
	a := newTestAPI(b, s.conn, s.config.Target())
	h := a.handler()
	run := func(b *testing.B, target string) {
		for b.Loop() {
			req := httptest.NewRequest(http.MethodGet, target, nil)
			req.Header.Set("X-API-Key", "shop")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			require.Equal(b, http.StatusOK, rec.Code)
		}
	}
	for _, target := range []string{
		"/api/v1/stats/overview", "/api/v1/stats/overview?hours=1", "/api/v1/stats/models",
		"/api/v1/stats/timeseries?metric=requests", "/api/v1/stats/timeseries?metric=cost", "/api/v1/stats/timeseries?metric=latency",
		"/api/v1/traces", "/api/v1/traces?user_id=user-77", "/api/v1/traces?min_cost=0.02",
	} {
		b.Run(target, func(b *testing.B) { run(b, target) })
	}
	money := []string{
		"/api/v1/stats/overview?basis=", "/api/v1/stats/models?basis=", "/api/v1/stats/timeseries?metric=cost&basis=",
		"/api/v1/traces?basis=", "/api/v1/traces?min_cost=0.02&basis=", "/api/v1/prices/unknown?basis=",
	}
	for _, ledger := range []string{"no_corrections", "one_in_a_thousand", "one_in_ten"} {
		if of := map[string]int{"one_in_a_thousand": 1000, "one_in_ten": 10}[ledger]; of > 0 {
			require.NoError(b, s.conn.Exec(b.Context(), benchmarkCorrections, clickhousego.Named("of", of)))
		}
		for _, target := range money {
			for _, on := range []basis{basisBooked, basisKnown} {
				b.Run(ledger+target+string(on), func(b *testing.B) { run(b, target+string(on)) })
			}
		}
	}
}

// benchmarkCorrections doubles the cost of some calls.
const benchmarkCorrections = `INSERT INTO llm_cost_adjustments (tenant_id, project_id, trace_id, span_id, start_time, revision, cost_before, cost_after,
    cost_currency_before, cost_currency_after, cost_status_before, cost_status_after, retention_days)
SELECT tenant_id, project_id, trace_id, span_id, start_time, 1, cost, cost * 2, 'USD', 'USD', 'exact', 'exact', 36500
FROM llm_spans FINAL WHERE usage_role = 'call' AND sipHash64(span_id) % {of:UInt64} = 0`
