-- What was thought of answers. The identity is the key, without the time: who changes a score, or sends it again without saying when it was,
-- replaces it. The trace comes early because a trace is shown with its scores; the index serves questions by time.
CREATE TABLE IF NOT EXISTS {{ local "llm_scores" }}{{ onCluster }}
(
{{ columns "llm_scores" }},
    INDEX idx_time time TYPE minmax GRANULARITY 1
)
ENGINE = {{ engine "ReplacingMergeTree" "llm_scores" "ingested_at" }}
PARTITION BY (toYYYYMM(time), retention_days)
ORDER BY (tenant_id, project_id, trace_id, span_id, id)
TTL toDate(time) + toIntervalDay(retention_days)
SETTINGS {{ window 1000 }};

-- Log records that are no scores.
CREATE TABLE IF NOT EXISTS {{ local "llm_logs" }}{{ onCluster }}
(
{{ columns "llm_logs" }},
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {{ engine "ReplacingMergeTree" "llm_logs" "ingested_at" }}
PARTITION BY (toDate(time), retention_days)
PRIMARY KEY (tenant_id, project_id, time)
ORDER BY (tenant_id, project_id, time, trace_id, span_id, id)
TTL toDate(time) + toIntervalDay(retention_days)
SETTINGS ttl_only_drop_parts = 1, {{ window 1000 }};

-- A receiver without a logs pipeline sends an evaluation as a span without duration below what it judges; it is a score all the same.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{ table "llm_scores_view" }}{{ onCluster }}
TO {{ local "llm_scores" }}
AS SELECT
{{ scoresOfSpans }}
FROM {{ local "llm_spans" }} AS s
WHERE s.name = 'gen_ai.evaluation.result' AND s.scope_name = 'watchllm.events';
{{- if cluster }}

-- Sharded like spans: the view's rows lie where their spans do.
CREATE TABLE IF NOT EXISTS {{ table "llm_scores" }}{{ onCluster }} AS {{ local "llm_scores" }}
ENGINE = {{ distributed "llm_scores" "cityHash64(tenant_id, trace_id)" }};

CREATE TABLE IF NOT EXISTS {{ table "llm_logs" }}{{ onCluster }} AS {{ local "llm_logs" }}
ENGINE = {{ distributed "llm_logs" "cityHash64(tenant_id, trace_id)" }};
{{- end }}
