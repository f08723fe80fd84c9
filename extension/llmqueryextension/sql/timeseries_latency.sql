-- Duration of calls in milliseconds of a project in [start, end), by bucket: the number of whole steps since 1970. Buckets without calls are absent.
SELECT
    intDiv(toUnixTimestamp64Nano(start_time), {step_ns:Int64}) AS bucket,
    count() AS calls,
    avg(duration_ns) / 1e6 AS average,
    arrayMap(q -> q / 1e6, quantilesTDigest(0.5, 0.95, 0.99)(duration_ns)) AS quantiles
FROM llm_spans FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND usage_role = 'call'
GROUP BY bucket
ORDER BY bucket
