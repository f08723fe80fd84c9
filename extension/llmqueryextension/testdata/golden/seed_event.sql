GET /events/e-1

-- One row when some call of a project that started in [start, end) has a correction.
SELECT 1 AS found
FROM llm_cost_adjustments
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
LIMIT 1
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000

-- Spans of a project that start in [start, end), newest first, as the original service listed events: those that came as JSON events
-- under their own type and id, all others as spans. With an id, that event only.
SELECT
    if(attributes_string['watchllm.native.id'] != '', attributes_string['watchllm.native.id'], concat(trace_id, ':', span_id)) AS event_id,
    if(attributes_string['watchllm.native.type'] != '', attributes_string['watchllm.native.type'], 'span') AS event_type,
    trace_id, span_id, parent_span_id, start_time, duration_ns, name, toString(status_code) AS status_code, status_message, error_type,
    if(response_model != '', response_model, request_model) AS model, input_tokens, output_tokens,
    toString(s.cost) AS cost, cost_currency, cost_status, user_id, conversation_id,
    resource_attributes['telemetry.sdk.name'] AS sdk_name, resource_attributes['telemetry.sdk.version'] AS sdk_version
FROM llm_spans AS s FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND ({type:String} = '' OR event_type = {type:String})
  AND ({event_id:String} = '' OR event_id = {event_id:String})
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000
-- type = ""
-- event_id = "e-1"
-- limit = 1
-- offset = 0

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
-- span_id = "0000000000000001"
-- limit = 1

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
-- span_id = "0000000000000001"
-- limit = 10000

-- What may be long of the first spans of a trace in order of time, up to and including the one that the
-- cursor names, or of one span.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id = {trace_id:String}
    ) AS lies
SELECT
    span_id,
    input_messages, output_messages, system_instructions, tool_definitions, tool_arguments, tool_result,
    attributes_string, attributes_int, attributes_double, attributes_bool, attributes_json,
    resource_attributes, scope_attributes,
    events.time AS event_times, events.name AS event_names, events.attributes AS event_attributes,
    links.trace_id AS link_traces, links.span_id AS link_spans, links.attributes AS link_attributes
FROM llm_spans AS s
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND ({span_id:String} = '' OR span_id = {span_id:String})
  AND start_time >= if(lies.1 = 0, fromUnixTimestamp64Nano(0, 'UTC'), lies.2 - toIntervalHour(1))
  AND start_time <= if(lies.1 = 0, toDateTime64('2200-01-01 00:00:00', 9, 'UTC'), lies.3 + toIntervalHour(1))
  AND (toUnixTimestamp64Nano(start_time), span_id) <= ({cursor_ns:Int64}, {cursor_id:String})
LIMIT 1 BY span_id
-- tenant = "acme"
-- project = "shop"
-- trace_id = "00000000000000000000000000000001"
-- span_id = "0000000000000001"
-- cursor_ns = 1773140400000000000
-- cursor_id = "0000000000000001"
