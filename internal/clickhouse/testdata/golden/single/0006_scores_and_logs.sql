-- What was thought of answers. The identity is the key, without the time: who changes a score, or sends it again without saying when it was,
-- replaces it. The trace comes early because a trace is shown with its scores; the index serves questions by time.
CREATE TABLE IF NOT EXISTS `watchllm`.`llm_scores`
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `id` String,
    `time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `name` LowCardinality(String),
    `value` Nullable(Float64),
    `label` LowCardinality(String),
    `explanation` String CODEC(ZSTD(1)),
    `source` LowCardinality(String),
    `evaluator` LowCardinality(String),
    `target_event_id` String,
    `response_id` String,
    `conversation_id` String,
    `user_id` String,
    `service_name` LowCardinality(String),
    `environment` LowCardinality(String),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `retention_days` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    INDEX idx_time time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY (toYYYYMM(time), retention_days)
ORDER BY (tenant_id, project_id, trace_id, span_id, id)
TTL toDate(time) + toIntervalDay(retention_days)
SETTINGS non_replicated_deduplication_window = 1000;

-- Log records that are no scores.
CREATE TABLE IF NOT EXISTS `watchllm`.`llm_logs`
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `observed_time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `id` String,
    `severity_number` UInt8 CODEC(ZSTD(1)),
    `severity_text` LowCardinality(String),
    `event_name` LowCardinality(String),
    `body` String CODEC(ZSTD(1)),
    `flags` UInt32 CODEC(ZSTD(1)),
    `service_name` LowCardinality(String),
    `service_version` LowCardinality(String),
    `environment` LowCardinality(String),
    `scope_name` LowCardinality(String),
    `scope_version` LowCardinality(String),
    `conversation_id` String,
    `user_id` String,
    `attributes_string` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `attributes_int` Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
    `attributes_double` Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    `attributes_bool` Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
    `attributes_json` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `resource_attributes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
    `scope_attributes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
    `dropped_attributes` UInt32 CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `retention_days` UInt16 DEFAULT 30 CODEC(ZSTD(1)),
    INDEX idx_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY (toDate(time), retention_days)
PRIMARY KEY (tenant_id, project_id, time)
ORDER BY (tenant_id, project_id, time, trace_id, span_id, id)
TTL toDate(time) + toIntervalDay(retention_days)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000;

-- A receiver without a logs pipeline sends an evaluation as a span without duration below what it judges; it is a score all the same.
CREATE MATERIALIZED VIEW IF NOT EXISTS `watchllm`.`llm_scores_view`
TO `watchllm`.`llm_scores`
AS SELECT
    tenant_id,
    project_id,
    trace_id,
    parent_span_id AS `span_id`,
    attributes_string['watchllm.native.id'] AS `id`,
    start_time AS `time`,
    attributes_string['gen_ai.evaluation.name'] AS `name`,
    multiIf(mapContains(attributes_double, 'gen_ai.evaluation.score.value'), toNullable(attributes_double['gen_ai.evaluation.score.value']), mapContains(attributes_int, 'gen_ai.evaluation.score.value'), toNullable(toFloat64(attributes_int['gen_ai.evaluation.score.value'])), NULL) AS `value`,
    attributes_string['gen_ai.evaluation.score.label'] AS `label`,
    attributes_string['gen_ai.evaluation.explanation'] AS `explanation`,
    attributes_string['watchllm.native.source'] AS `source`,
    attributes_string['watchllm.native.evaluator'] AS `evaluator`,
    attributes_string['watchllm.native.target.event_id'] AS `target_event_id`,
    response_id,
    conversation_id,
    user_id,
    service_name,
    environment,
    mapFilter((k, v) -> k NOT IN (
        'watchllm.native.id', 'gen_ai.evaluation.name', 'gen_ai.evaluation.score.value', 'gen_ai.evaluation.score.label', 'gen_ai.evaluation.explanation', 'watchllm.native.source', 'watchllm.native.evaluator', 'watchllm.native.target.event_id', 'gen_ai.response.id', 'gen_ai.conversation.id', 'watchllm.user.id'),
        mapConcat(mapApply((k, v) -> (k, toString(v)), attributes_string),
            mapApply((k, v) -> (k, toString(v)), attributes_int),
            mapApply((k, v) -> (k, toString(v)), attributes_double),
            mapApply((k, v) -> (k, toString(v)), attributes_bool),
            mapApply((k, v) -> (k, toString(v)), attributes_json))) AS `attributes`,
    ingested_at,
    retention_days
FROM `watchllm`.`llm_spans` AS s
WHERE s.name = 'gen_ai.evaluation.result' AND s.scope_name = 'watchllm.events';
