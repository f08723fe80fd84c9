package llmclickhouseexporter

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/testkit"
)

// benchmarkRows are traces of five spans, two of them calls through two instrumentations, 200 traces a second: what came in over
// five minutes, in parts as inserts leave them.
const benchmarkRows = `INSERT INTO %s.llm_spans (tenant_id, project_id, trace_id, span_id, parent_span_id, start_time, end_time, ingested_at, name, service_name, scope_name,
role, usage_role, dialect, response_id, input_tokens, output_tokens, input_messages, outcome, retention_days)
SELECT 'acme', 'shop', leftPad(lower(hex(intDiv(number, 5) + 1)), 32, '0') AS trace, leftPad(lower(hex(number + 1)), 16, '0'), if(number %% 5 = 0, '', leftPad(lower(hex(number)), 16, '0')),
toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + toIntervalMillisecond(number) AS start, start + toIntervalSecond(2 - (number %% 5) / 5), start, concat('span ', toString(number %% 7)), concat('svc ', toString(intDiv(number, 5) %% 4)),
if(number %% 5 = 4, 'client', 'framework'), if(number %% 5 IN (2, 4), 'llm', 'other'), if(number %% 5 IN (2, 4), 'call', 'none'), 'otel', if(number %% 5 = 4, concat('resp_', toString(sipHash64(number))), ''),
if(number %% 5 IN (2, 4), rand(1) %% 10000, NULL), if(number %% 5 IN (2, 4), 7, NULL), repeat('hello world ', 100), 'ok', 36500
FROM numbers(%d, %d)`

// BenchmarkSettle is one round over 2,000 traces that came in last, among 300,000 spans. In the first round one call of each trace
// turns out to wrap the other and is corrected; after it there is nothing to correct.
func BenchmarkSettle(b *testing.B) {
	const spans, part, traces = 300_000, 50_000, 2000
	engine := testkit.StartEngine(b)
	db := engine.Database(b)
	e := startSettler(b, settleConfig(b, engine, db))
	for from := 0; from < spans; from += part {
		query(b, engine, fmt.Sprintf(benchmarkRows, db, from, part))
	}
	looks := make([]settling.Look, traces)
	for i := range looks {
		n := uint64(spans/5 - traces + i + 1)
		looks[i].Tenant = "acme"
		binary.BigEndian.PutUint64(looks[i].ID[8:], n)
		looks[i].First = testTime.UnixNano() + int64(n*5)*int64(time.Millisecond)
		looks[i].Last = looks[i].First + int64(2*time.Second)
	}
	// Its own goroutine must not take part.
	e.settler.stop()
	<-e.settler.done
	b.ResetTimer()
	for b.Loop() {
		for _, l := range looks {
			require.True(b, e.settler.traces.Add(l, time.Now()))
		}
		require.NoError(b, e.settler.work.Round(context.Background()))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/traces, "µs/trace")
}
