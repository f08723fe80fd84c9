-- What decides the cost of one span, and what was booked. The trace index says where it lies, as for the trace itself.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id = {trace_id:String}
    ) AS lies
SELECT {{ row }}
FROM llm_spans AS s
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND span_id = {span_id:String}
  AND start_time >= if(lies.1 = 0, fromUnixTimestamp64Nano(0, 'UTC'), lies.2 - toIntervalHour(1))
  AND start_time <= if(lies.1 = 0, toDateTime64('2200-01-01 00:00:00', 9, 'UTC'), lies.3 + toIntervalHour(1))
ORDER BY start_time, ingested_at DESC
LIMIT 1
