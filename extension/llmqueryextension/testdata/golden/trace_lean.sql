GET /api/v1/traces/00000000000000000000000000000001?content=omit

-- Spans of one trace, or one of them, in order of time, without what may be long; content_bytes says how
-- long that is. The trace index says where they lie; the hour around it and the open range stand for an
-- index row that a crash kept from being written.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id = {trace_id:String}
    ) AS lies
SELECT
    span_id, parent_span_id, trace_state, flags, start_time, end_time, duration_ns, ingested_at,
    name, toString(kind) AS kind, toString(status_code) AS status_code, status_message,
    service_name, service_version, environment, scope_name, scope_version,
    role, usage_role, usage_role_reason, usage_counted_by, signal, event_name, dialect, dialect_version, operation, provider, request_model, response_model, response_id,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
    reasoning_tokens, usage_source, usage_missing_reason, usage_basis, usage_flags,
    toString(s.cost) AS cost, toString(s.cost_input) AS cost_input, toString(s.cost_cache_read) AS cost_cache_read,
    toString(s.cost_cache_write) AS cost_cache_write, toString(s.cost_output) AS cost_output,
    toString(s.cost_fees) AS cost_fees, toString(s.cost_reported) AS cost_reported,
    toString(s.cost_estimated) AS cost_estimated, toString(s.cost_estimated_low) AS cost_estimated_low, toString(s.cost_estimated_high) AS cost_estimated_high, if(mapContains(attributes_int, 'watchllm.usage.estimated.input_tokens'), attributes_int['watchllm.usage.estimated.input_tokens'], NULL) AS estimated_input_tokens, if(mapContains(attributes_int, 'watchllm.usage.estimated.output_tokens'), attributes_int['watchllm.usage.estimated.output_tokens'], NULL) AS estimated_output_tokens, attributes_string['watchllm.usage.estimated.method'] AS estimated_method,
    cost_currency, cost_status, price_id, price_source, price_effective_from, cost_unpriced,
    stream, ttft_s, finish_reasons, finish_reason_raw, error_type, outcome,
    conversation_id, user_id, agent_id, agent_name, workflow_name, tool_name, tool_type, tool_call_id, data_source_id,
    prompt_name, prompt_version, service_tier, server_address, request_temperature, request_top_p, request_max_tokens,
    attributes_string['watchllm.native.id'] AS native_id,
    dropped_attributes, dropped_events, dropped_links,
    length(input_messages) + length(output_messages) + length(system_instructions) + length(tool_definitions)
        + length(tool_arguments) + length(tool_result)
        + arraySum(v -> length(v), mapValues(attributes_string)) + arraySum(v -> length(v), mapValues(attributes_json))
        + arraySum(m -> arraySum(v -> length(v), mapValues(m)), events.attributes) AS content_bytes
FROM llm_spans AS s
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND ({span_id:String} = '' OR span_id = {span_id:String})
  AND start_time >= if(lies.1 = 0, fromUnixTimestamp64Nano(0, 'UTC'), lies.2 - toIntervalHour(1))
  AND start_time <= if(lies.1 = 0, toDateTime64('2200-01-01 00:00:00', 9, 'UTC'), lies.3 + toIntervalHour(1))
ORDER BY start_time, span_id, ingested_at DESC
LIMIT 1 BY span_id
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- trace_id = "00000000000000000000000000000001"
-- span_id = ""
-- limit = 10001

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
-- span_id = ""
-- first_ns = 1773140400000000000
-- last_ns = 1773140400000000000

-- Scores of one trace, or of one of its spans, in order of time.
SELECT
    trace_id, span_id, id, time, name, value, label, explanation, source, evaluator, target_event_id, response_id, conversation_id, user_id,
    service_name, environment, attributes
FROM llm_scores FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND ({span_id:String} = '' OR span_id = {span_id:String})
ORDER BY time, span_id, id
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- trace_id = "00000000000000000000000000000001"
-- span_id = ""
-- limit = 10000
