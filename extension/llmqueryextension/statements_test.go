package llmqueryextension

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func statementText(t testing.TB, name statement) string {
	t.Helper()
	text, err := name.text()
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(text, "")
}

// reads splits a statement at each FROM of a table into what belongs to that read: up to the bracket that
// closes it or the end.
func reads(sql string) map[string][]string {
	out := map[string][]string{}
	for _, at := range regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+([a-z_.]+)`).FindAllStringSubmatchIndex(sql, -1) {
		table, rest, depth := sql[at[2]:at[3]], sql[at[1]:], 0
		end := len(rest)
		for i, c := range rest {
			if c == '(' {
				depth++
			} else if c == ')' {
				if depth--; depth < 0 {
					end = i
					break
				}
			}
		}
		out[table] = append(out[table], rest[:end])
	}
	return out
}

// The wall: every read of a table, in every statement there is, is filtered by the scope, and not in a way
// that an OR around it could open.
func TestEveryStatementIsBoundToTheScope(t *testing.T) {
	all, err := statements()
	require.NoError(t, err)
	require.Len(t, all, 25)
	tenant := regexp.MustCompile(`WHERE tenant_id = \{tenant:String\}\s+AND `)
	project := regexp.MustCompile(`WHERE tenant_id = \{tenant:String\}\s+AND project_id = \{project:String\}\s+AND `)
	for _, name := range all {
		sql := statementText(t, name)
		found := reads(sql)
		ofCalls := found[clickhouse.TableSpans]
		for _, table := range []string{clickhouse.ViewKnown, clickhouse.TableAdjustments, clickhouse.TableScores} {
			ofCalls = append(ofCalls, found[table]...)
		}
		require.NotEmpty(t, ofCalls, name)
		if name.countsCorrections() {
			require.NotEmpty(t, found[clickhouse.ViewKnown], name)
		}
		for table, parts := range found {
			for _, part := range parts {
				where := part[strings.Index(part, "WHERE"):]
				switch table {
				case clickhouse.TableSpans, clickhouse.ViewKnown, clickhouse.TableAdjustments, clickhouse.TableScores:
					require.Regexp(t, project, part, name)
				case clickhouse.TableTraceIndex:
					// The index has no project: it only tells where in time a trace of the tenant lies.
					require.Regexp(t, tenant, part, name)
				default:
					require.Failf(t, "unknown table", "%s reads %s", name, table)
				}
				require.NotRegexp(t, `(?i)\)\s*OR\b|\bUNION\b`, topLevel(where), name)
			}
		}
		require.NotRegexp(t, `(?i)\b(url|file|remote|s3|mysql|postgresql|cluster|merge|executable|input)\s*\(`, sql, name)
	}
}

// topLevel blanks what stands in brackets.
func topLevel(sql string) string {
	var b strings.Builder
	depth := 0
	for _, c := range sql {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// A statement has all parameters it is given and is given all it has.
func TestStatementsSent(t *testing.T) {
	parameter := regexp.MustCompile(`\{([a-z_]+):[A-Za-z0-9()]+\}`)
	start := testNow.Add(-time.Hour)
	span := spanRow{SpanID: spanID(1), StartTime: start, EndTime: testNow, ContentBytes: 10}
	rows := map[statement][]any{
		stmtOverview:   {overviewRow{}},
		stmtTraces:     {traceKeyRow{traceID(2), start.UnixNano()}, traceKeyRow{traceID(1), start.UnixNano()}},
		stmtTraceCards: {traceCardRow{TraceID: traceID(2), Start: start, End: testNow, Status: "ok", Spans: 1, Models: []string{}, Providers: []string{}}},
		stmtTrace:      {span.ready()},
		stmtContent:    {contentRow{SpanID: spanID(1)}},
		stmtSpanCost:   {costing.Row{TraceID: traceID(1), SpanID: spanID(1), Start: start, UsageRole: "call"}},
	}
	rows[stmtEvents] = []any{seedEventRow{EventID: "e-1", Type: "log", TraceID: traceID(1), SpanID: spanID(1), Start: start, Status: "ok"}}
	for _, name := range []statement{stmtOverview, stmtTraces, stmtEvents} {
		rows[name.known()] = rows[name]
	}
	seen := map[statement]bool{}
	for name, target := range map[string]string{
		"overview":            "/api/v1/stats/overview?start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00.000000001Z",
		"overview_hours":      "/api/v1/stats/overview?hours=3",
		"models":              "/api/v1/stats/models",
		"timeseries_requests": "/api/v1/stats/timeseries?metric=requests&interval=1h",
		"timeseries_errors":   "/api/v1/stats/timeseries?metric=errors&interval=5m",
		"timeseries_tokens":   "/api/v1/stats/timeseries?metric=tokens&interval=15m",
		"timeseries_cost":     "/api/v1/stats/timeseries?metric=cost&interval=1d",
		"timeseries_latency":  "/api/v1/stats/timeseries?metric=latency&interval=1m&hours=1",
		"traces":              "/api/v1/traces",
		"traces_filtered": "/api/v1/traces?model=m&provider=p&user_id=u&conversation_id=c&service=s&q=n&status=error&has_error=true" +
			"&min_cost=0.5&limit=7&hours=1",
		"trace":         "/api/v1/traces/" + traceID(1),
		"trace_lean":    "/api/v1/traces/" + traceID(1) + "?content=omit",
		"span":          "/api/v1/traces/" + traceID(1) + "/spans/" + spanID(1),
		"seed_overview": "/stats/overview?hours=24&project_id=shop&unheard_of=1",

		"scores":          "/api/v1/scores",
		"scores_filtered": "/api/v1/scores?trace_id=" + traceID(1) + "&span_id=" + spanID(1) + "&name=fair&source=user&user_id=u&conversation_id=c&limit=7&hours=1",
		"scores_summary":  "/api/v1/scores/summary?name=fair",

		"seed_events":       "/events?type=log&limit=7&offset=3&start_time=2026-03-01T00:00:00&end_time=2026-03-02T00:00:00.5&unheard_of=1",
		"seed_events_open":  "/events",
		"seed_events_known": "/events?limit=1&start_time=2026-03-01T00:00:00Z",
		"seed_event":        "/events/e-1",
		"seed_types":        "/stats/events-by-type?hours=3",

		"overview_booked":      "/api/v1/stats/overview?basis=booked",
		"overview_known":       "/api/v1/stats/overview?basis=known",
		"models_known":         "/api/v1/stats/models",
		"timeseries_known":     "/api/v1/stats/timeseries?metric=cost&interval=1d",
		"traces_known":         "/api/v1/traces?min_cost=1",
		"span_cost":            "/api/v1/spans/" + traceID(1) + "/" + spanID(1) + "/cost",
		"unknown_models":       "/api/v1/prices/unknown?hours=2&limit=3",
		"unknown_models_known": "/api/v1/prices/unknown",
	} {
		t.Run(name, func(t *testing.T) {
			conn := &fakeConn{rows: maps.Clone(rows)}
			if strings.HasSuffix(name, "_known") {
				conn.rows[stmtCorrected] = []any{correctedRow{Found: 1}}
			}
			rec := ask(t, newTestAPI(t, conn, noTarget), "shop", target)
			require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
			var b strings.Builder
			fmt.Fprintf(&b, "GET %s\n", target)
			for _, s := range conn.sent {
				require.NotEmpty(t, s.name)
				seen[s.name] = true
				wanted := map[string]bool{}
				for _, m := range parameter.FindAllStringSubmatch(s.sql, -1) {
					wanted[m[1]] = true
				}
				fmt.Fprintf(&b, "\n%s", s.sql)
				for _, a := range s.args {
					require.True(t, wanted[a.Name], "%s has no parameter %s", s.name, a.Name)
					delete(wanted, a.Name)
					fmt.Fprintf(&b, "-- %s = %#v\n", a.Name, a.Value)
				}
				require.Empty(t, wanted, "parameters of %s without a value", s.name)
				require.Equal(t, "acme", s.args[0].Value)
				require.Equal(t, "shop", s.args[1].Value)
			}
			golden(t, name+".sql", b.String())
		})
	}
	all, err := statements()
	require.NoError(t, err)
	for _, name := range all {
		require.True(t, seen[name], "no request sends %s", name)
	}
}

// ready fills what a row from the store always has.
func (r spanRow) ready() spanRow {
	r.Kind, r.StatusCode = "client", "ok"
	return r
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run go test -update to write it")
	require.Equal(t, string(want), got, "review the change, then run go test -update")
}

func TestStoreNeedsAScope(t *testing.T) {
	conn := &fakeConn{}
	a := newTestAPI(t, conn, noTarget)
	for _, sc := range []scope{{}, {tenant: "acme"}, {project: "shop"}} {
		_, err := selectRows[overviewRow](t.Context(), a.store, sc, stmtOverview, nil)
		require.ErrorIs(t, err, errScopeMissing)
	}
	for _, name := range []string{argTenant, argProject} {
		_, err := selectRows[overviewRow](t.Context(), a.store, scope{"acme", "shop"}, stmtOverview, []arg{{name, "rival"}})
		require.ErrorContains(t, err, "belongs to the scope")
	}
	require.Empty(t, conn.sent)
}
