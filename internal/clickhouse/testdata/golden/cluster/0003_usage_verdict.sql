-- Why a row counts or not, and what it was before an appended correction. The index finds a call that
-- a second instrumentation reported in another trace by the provider's id of the answer.
ALTER TABLE `watchllm`.`llm_spans_local` ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS `usage_role_reason` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `usage_counted_by` String,
    ADD COLUMN IF NOT EXISTS `signal` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `event_name` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `usage_role_before` LowCardinality(String),
    ADD INDEX IF NOT EXISTS idx_response_id response_id TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE `watchllm`.`llm_spans` ON CLUSTER 'main'
    ADD COLUMN IF NOT EXISTS `usage_role_reason` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `usage_counted_by` String,
    ADD COLUMN IF NOT EXISTS `signal` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `event_name` LowCardinality(String),
    ADD COLUMN IF NOT EXISTS `usage_role_before` LowCardinality(String);
