GET /api/v1/stats/timeseries?metric=tokens&interval=15m

-- Input and output tokens of calls of a project in [start, end), by bucket: the number of whole steps since 1970. Buckets without calls are absent.
SELECT
    intDiv(toUnixTimestamp64Nano(start_time), {step_ns:Int64}) AS bucket,
    count() AS calls,
    sum(input_tokens) AS input,
    sum(output_tokens) AS output,
    countIf(isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank'))) AS unknown
FROM llm_spans FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND usage_role = 'call'
GROUP BY bucket
ORDER BY bucket
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000
-- step_ns = 900000000000
