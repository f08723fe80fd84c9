GET /events?limit=1&start_time=2026-03-01T00:00:00Z

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
-- start_ns = 1772323200000000000
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
FROM llm_spans_known AS s
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
-- start_ns = 1772323200000000000
-- end_ns = 1773144000000000000
-- type = ""
-- event_id = ""
-- limit = 2
-- offset = 0
