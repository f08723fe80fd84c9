GET /api/v1/stats/timeseries?metric=cost&interval=1d

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

-- Cost of calls in US dollars of a project in [start, end), by bucket: the number of whole steps since 1970. Buckets without calls are absent.
SELECT
    intDiv(toUnixTimestamp64Nano(start_time), {step_ns:Int64}) AS bucket,
    count() AS calls,
    toString(sumIf(toDecimal128(cost, 12), cost_currency IN ('', 'USD'))) AS amount,
    countIf(isNull(cost) OR cost_currency NOT IN ('', 'USD')) AS unknown
FROM llm_spans AS s FINAL
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
-- step_ns = 86400000000000
