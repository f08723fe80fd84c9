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
