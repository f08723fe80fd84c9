-- The ledger of corrected costs. The booked cost stays in its row; a correction is another row here, and its number (revision) makes
-- two runs that find the same one write it once. It lies beside its call in time and on the same shard, and goes when the call goes.
CREATE TABLE IF NOT EXISTS {{ local "llm_cost_adjustments" }}{{ onCluster }}
(
{{ columns "llm_cost_adjustments" }}
)
ENGINE = {{ engine "ReplacingMergeTree" "llm_cost_adjustments" }}
PARTITION BY (toYYYYMM(start_time), retention_days)
PRIMARY KEY (tenant_id, start_time)
ORDER BY (tenant_id, start_time, trace_id, span_id, revision)
TTL toDate(start_time) + toIntervalDay(retention_days)
SETTINGS {{ window 1000 }};

ALTER TABLE {{ local "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }};
{{- if cluster }}

CREATE TABLE IF NOT EXISTS {{ table "llm_cost_adjustments" }}{{ onCluster }} AS {{ local "llm_cost_adjustments" }}
ENGINE = {{ distributed "llm_cost_adjustments" "cityHash64(tenant_id, trace_id)" }};

ALTER TABLE {{ table "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }};
{{- end }}

-- Every call with its cost as now known. On a cluster a call and its corrections lie on one shard, so each shard joins its own.
CREATE VIEW IF NOT EXISTS {{ local "llm_spans_known" }}{{ onCluster }} AS
SELECT
{{ knownSelect }}
FROM {{ local "llm_spans" }} AS s FINAL
LEFT JOIN
(
    SELECT
        a.tenant_id AS tenant_id,
        a.start_time AS start_time,
        a.trace_id AS trace_id,
        a.span_id AS span_id,
        max(a.revision) AS revision,
{{ knownLast }}
    FROM {{ local "llm_cost_adjustments" }} AS a FINAL
    GROUP BY tenant_id, start_time, trace_id, span_id
) AS k USING (tenant_id, start_time, trace_id, span_id)
SETTINGS join_algorithm = 'full_sorting_merge';
{{- if cluster }}

CREATE TABLE IF NOT EXISTS {{ table "llm_spans_known" }}{{ onCluster }}
(
{{ knownTypes }}
)
ENGINE = {{ distributed "llm_spans_known" "cityHash64(tenant_id, trace_id)" }};
{{- end }}
