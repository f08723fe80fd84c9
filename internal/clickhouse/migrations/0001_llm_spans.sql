-- One row per span. tenant and time lead the key because every question has both; the identity
-- (trace_id, span_id) ends it, so that copies of a row that passed the exporter's own checks
-- collapse. A partition holds one day of one retention class and is dropped whole when its time is up.
CREATE TABLE IF NOT EXISTS {{ local "llm_spans" }}{{ onCluster }}
(
{{ columns "llm_spans" }},
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_conversation_id conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_ingested_at ingested_at TYPE minmax GRANULARITY 1
)
ENGINE = {{ engine "ReplacingMergeTree" "llm_spans" }}
PARTITION BY (toDate(start_time), retention_days)
PRIMARY KEY (tenant_id, start_time)
ORDER BY (tenant_id, start_time, trace_id, span_id)
TTL toDate(start_time) + toIntervalDay(retention_days)
SETTINGS ttl_only_drop_parts = 1, {{ window 1000 }};
{{- if cluster }}

-- All spans of a trace lie on one shard, so copies meet and a trace is read from one place.
CREATE TABLE IF NOT EXISTS {{ table "llm_spans" }}{{ onCluster }} AS {{ local "llm_spans" }}
ENGINE = {{ distributed "llm_spans" "cityHash64(tenant_id, trace_id)" }};
{{- end }}
