GET /api/v1/spans/00000000000000000000000000000001/0000000000000001/cost

-- What decides the cost of one span, and what was booked. The trace index says where it lies, as for the trace itself.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id = {trace_id:String}
    ) AS lies
SELECT tenant_id, project_id, trace_id, span_id, start_time, end_time, retention_days, role, usage_role, usage_basis, operation, provider, request_model, response_model, service_tier, server_address, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, cost_currency, cost_status, price_id, price_source, price_effective_from, cost_unpriced, toString(s.cost) AS cost, toString(s.cost_input) AS cost_input, toString(s.cost_cache_read) AS cost_cache_read, toString(s.cost_cache_write) AS cost_cache_write, toString(s.cost_output) AS cost_output, toString(s.cost_fees) AS cost_fees, toString(s.cost_reported) AS cost_reported, toString(s.cost_computed) AS cost_computed, toString(s.cost_estimated) AS cost_estimated, toString(s.cost_estimated_low) AS cost_estimated_low, toString(s.cost_estimated_high) AS cost_estimated_high, mapFilter((k, v) -> k IN ('gen_ai.usage.audio.cache_read.input_tokens', 'gen_ai.usage.audio.input_tokens', 'gen_ai.usage.audio.output_tokens', 'gen_ai.usage.image.input_tokens', 'gen_ai.usage.image.output_tokens', 'gen_ai.usage.video.input_tokens', 'watchllm.usage.characters', 'watchllm.usage.citation.output_tokens', 'watchllm.usage.code_duration_ms', 'watchllm.usage.code_executions', 'watchllm.usage.code_sessions', 'watchllm.usage.document_searches', 'watchllm.usage.duration_ms', 'watchllm.usage.file_searches', 'watchllm.usage.image_cache_read.input_tokens', 'watchllm.usage.images', 'watchllm.usage.map_searches', 'watchllm.usage.pages', 'watchllm.usage.search_sources', 'watchllm.usage.search_units', 'watchllm.usage.web_searches'), s.attributes_int) AS price_units, mapFilter((k, v) -> k IN ('watchllm.call.batch', 'watchllm.call.thinking'), s.attributes_bool) AS price_flags, mapFilter((k, v) -> k IN ('openai.request.service_tier', 'watchllm.call.image_quality', 'watchllm.call.image_size', 'watchllm.call.region', 'watchllm.call.search_context', 'watchllm.call.speed'), s.attributes_string) AS price_conditions
FROM llm_spans AS s
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND span_id = {span_id:String}
  AND start_time >= if(lies.1 = 0, fromUnixTimestamp64Nano(0, 'UTC'), lies.2 - toIntervalHour(1))
  AND start_time <= if(lies.1 = 0, toDateTime64('2200-01-01 00:00:00', 9, 'UTC'), lies.3 + toIntervalHour(1))
ORDER BY start_time, ingested_at DESC
LIMIT 1
-- tenant = "acme"
-- project = "shop"
-- trace_id = "00000000000000000000000000000001"
-- span_id = "0000000000000001"

-- Corrections of the calls of one trace, or of one of them, in order.
SELECT span_id, start_time, revision, adjusted_at, run_id, reason, book_read_on, cost_currency_before, cost_currency_after, cost_status_before, cost_status_after, price_id_before, price_id_after, price_source, price_effective_from, cost_unpriced, toString(a.cost_before) AS cost_before, toString(a.cost_after) AS cost_after, toString(a.cost_input) AS cost_input, toString(a.cost_cache_read) AS cost_cache_read, toString(a.cost_cache_write) AS cost_cache_write, toString(a.cost_output) AS cost_output, toString(a.cost_fees) AS cost_fees, toString(a.cost_computed) AS cost_computed
FROM llm_cost_adjustments AS a FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND ({span_id:String} = '' OR span_id = {span_id:String})
  AND start_time >= fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC')
  AND start_time <= fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC')
ORDER BY start_time, span_id, revision
-- tenant = "acme"
-- project = "shop"
-- trace_id = "00000000000000000000000000000001"
-- span_id = "0000000000000001"
-- first_ns = 1773140400000000000
-- last_ns = 1773140400000000000
