-- Where in time a trace lies, so that reading it by id touches its own days only. min and max do
-- not change when an insert is repeated.
CREATE TABLE IF NOT EXISTS {{ local "llm_trace_index" }}{{ onCluster }}
(
{{ columns "llm_trace_index" }}
)
ENGINE = {{ engine "AggregatingMergeTree" "llm_trace_index" }}
PARTITION BY toYYYYMM(day)
ORDER BY (tenant_id, trace_id, day, retention_days)
TTL day + toIntervalDay(retention_days);

CREATE MATERIALIZED VIEW IF NOT EXISTS {{ table "llm_trace_index_view" }}{{ onCluster }}
TO {{ local "llm_trace_index" }}
AS SELECT
    tenant_id,
    trace_id,
    toDate(start_time) AS day,
    retention_days,
    min(start_time) AS min_start_time,
    max(start_time) AS max_start_time
FROM {{ local "llm_spans" }}
GROUP BY tenant_id, trace_id, day, retention_days;
{{- if cluster }}

CREATE TABLE IF NOT EXISTS {{ table "llm_trace_index" }}{{ onCluster }} AS {{ local "llm_trace_index" }}
ENGINE = {{ distributed "llm_trace_index" "cityHash64(tenant_id, trace_id)" }};
{{- end }}
