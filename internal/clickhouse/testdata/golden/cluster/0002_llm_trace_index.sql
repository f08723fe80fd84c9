-- Where in time a trace lies, so that reading it by id touches its own days only. min and max do
-- not change when an insert is repeated.
CREATE TABLE IF NOT EXISTS `watchllm`.`llm_trace_index_local` ON CLUSTER 'main'
(
    `tenant_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `day` Date,
    `retention_days` UInt16,
    `min_start_time` SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    `max_start_time` SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/watchllm/llm_trace_index', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (tenant_id, trace_id, day, retention_days)
TTL day + toIntervalDay(retention_days);

CREATE MATERIALIZED VIEW IF NOT EXISTS `watchllm`.`llm_trace_index_view` ON CLUSTER 'main'
TO `watchllm`.`llm_trace_index_local`
AS SELECT
    tenant_id,
    trace_id,
    toDate(start_time) AS day,
    retention_days,
    min(start_time) AS min_start_time,
    max(start_time) AS max_start_time
FROM `watchllm`.`llm_spans_local`
GROUP BY tenant_id, trace_id, day, retention_days;

CREATE TABLE IF NOT EXISTS `watchllm`.`llm_trace_index` ON CLUSTER 'main' AS `watchllm`.`llm_trace_index_local`
ENGINE = Distributed('main', 'watchllm', 'llm_trace_index_local', cityHash64(tenant_id, trace_id));
