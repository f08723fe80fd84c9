-- The ledger of corrected costs. The booked cost stays in its row; a correction is another row here, and its number (revision) makes
-- two runs that find the same one write it once. It lies beside its call in time and on the same shard, and goes when the call goes.
CREATE TABLE IF NOT EXISTS `watchllm`.`llm_cost_adjustments_local` ON CLUSTER 'main'
(
    `tenant_id` LowCardinality(String),
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `start_time` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `revision` UInt32,
    `adjusted_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `run_id` LowCardinality(String),
    `reason` LowCardinality(String),
    `book_read_on` Date,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `cost_before` Nullable(Decimal(18, 12)),
    `cost_after` Nullable(Decimal(18, 12)),
    `cost_currency_before` LowCardinality(String),
    `cost_currency_after` LowCardinality(String),
    `cost_status_before` LowCardinality(String),
    `cost_status_after` LowCardinality(String),
    `price_id_before` LowCardinality(String),
    `price_id_after` LowCardinality(String),
    `price_source` LowCardinality(String),
    `price_effective_from` LowCardinality(String),
    `cost_input` Nullable(Decimal(18, 12)),
    `cost_cache_read` Nullable(Decimal(18, 12)),
    `cost_cache_write` Nullable(Decimal(18, 12)),
    `cost_output` Nullable(Decimal(18, 12)),
    `cost_fees` Nullable(Decimal(18, 12)),
    `cost_computed` Nullable(Decimal(18, 12)),
    `cost_unpriced` Array(LowCardinality(String)),
    `retention_days` UInt16
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/watchllm/llm_cost_adjustments', '{replica}')
PARTITION BY (toYYYYMM(start_time), retention_days)
PRIMARY KEY (tenant_id, start_time)
ORDER BY (tenant_id, start_time, trace_id, span_id, revision)
TTL toDate(start_time) + toIntervalDay(retention_days)
SETTINGS replicated_deduplication_window = 1000;

ALTER TABLE `watchllm`.`llm_spans_local` ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS `cost_computed` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated_low` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated_high` Nullable(Decimal(18, 12));

CREATE TABLE IF NOT EXISTS `watchllm`.`llm_cost_adjustments` ON CLUSTER 'main' AS `watchllm`.`llm_cost_adjustments_local`
ENGINE = Distributed('main', 'watchllm', 'llm_cost_adjustments_local', cityHash64(tenant_id, trace_id));

ALTER TABLE `watchllm`.`llm_spans` ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS `cost_computed` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated_low` Nullable(Decimal(18, 12)),
    ADD COLUMN IF NOT EXISTS `cost_estimated_high` Nullable(Decimal(18, 12));
