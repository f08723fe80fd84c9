-- Number of a project's spans that start in [start, end), by what the original service called their type, most first.
SELECT
    if(attributes_string['watchllm.native.type'] != '', attributes_string['watchllm.native.type'], 'span') AS event_type,
    count() AS events,
    countIf(status_code = 'error') AS errors
FROM llm_spans FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
GROUP BY event_type
ORDER BY events DESC, event_type
LIMIT {limit:UInt32}
