package clickhouse

// Tables of the store. On a cluster these are the Distributed tables; the rows lie in tables of the
// same name with LocalSuffix, so that readers and writers use one name everywhere.
const (
	TableSpans       = "llm_spans"
	TableTraceIndex  = "llm_trace_index"
	TableAdjustments = "llm_cost_adjustments"
	TableScores      = "llm_scores"
	TableLogs        = "llm_logs"
	TableMigrations  = "schema_migrations"
)

// LocalSuffix ends the names of the tables that hold rows on the nodes of a cluster.
const LocalSuffix = "_local"

// Tables maps every table that migrations create to its columns.
var Tables = map[string][]Column{
	TableSpans:       SpanColumns,
	TableTraceIndex:  TraceIndexColumns,
	TableAdjustments: AdjustmentColumns,
	TableScores:      ScoreColumns,
	TableLogs:        LogColumns,
}
