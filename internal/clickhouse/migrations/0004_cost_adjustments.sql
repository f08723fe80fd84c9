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
