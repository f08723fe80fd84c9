GET /api/v1/stats/models

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

-- Calls of a project by provider and model in [start, end), dearest first. One row more than the
-- limit is asked for, to know whether something was left out. Estimates and bills are those of the overview.
WITH
    isNull(cost) AND isNotNull(cost_estimated) AS is_estimated,
    if(cost_status = 'provider_reported', cost, cost_reported) AS by_others,
    if(cost_status = 'provider_reported', cost_computed, cost) AS by_book,
    cost_currency IN ('', 'USD') AND isNotNull(cost_reported) AND isNotNull(by_others) AND isNotNull(by_book) AS is_reported
SELECT
    provider,
    if(response_model != '', response_model, request_model) AS model,
    count() AS calls,
    countIf(status_code = 'error' OR outcome = 'error') AS errors,
    sum(input_tokens) AS input_total,
    countIf(isNull(input_tokens)) AS input_unknown,
    sum(output_tokens) AS output_total,
    countIf(isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')) AS output_unknown,
    sum(cache_read_tokens) AS cache_read_total,
    countIf(isNull(cache_read_tokens)) AS cache_read_unknown,
    sum(cache_write_tokens) AS cache_write_total,
    countIf(isNull(cache_write_tokens)) AS cache_write_unknown,
    sum(reasoning_tokens) AS reasoning_total,
    countIf(isNull(reasoning_tokens)) AS reasoning_unknown,
    countIf(isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank'))) AS total_unknown,
    toString(sumIf(toDecimal128(cost, 12), cost_currency IN ('', 'USD'))) AS cost_total,
    countIf(isNull(cost)) AS cost_unknown,
    countIf(isNotNull(cost) AND cost_currency NOT IN ('', 'USD')) AS cost_foreign,
    countIf(cost_status = 'partial') AS cost_partial,
    sumMap(map(toString(cost_status), toUInt64(1))) AS cost_statuses,
    countIf(is_estimated) AS estimated_calls,
    toString(sumIf(toDecimal128(cost_estimated, 12), is_estimated)) AS estimated_total,
    if(countIf(is_estimated AND isNull(cost_estimated_low)) = 0, toString(sumIf(toDecimal128(cost_estimated_low, 12), is_estimated)), NULL) AS estimated_low,
    if(countIf(is_estimated AND isNull(cost_estimated_high)) = 0, toString(sumIf(toDecimal128(cost_estimated_high, 12), is_estimated)), NULL) AS estimated_high,
    countIf(is_reported) AS reported_calls,
    toString(sumIf(toDecimal128(by_others, 12), is_reported)) AS reported_total,
    toString(sumIf(toDecimal128(by_book, 12), is_reported)) AS reported_computed,
    toString(sumIf(toDecimal128(by_others, 12), is_reported) - sumIf(toDecimal128(by_book, 12), is_reported)) AS reported_difference,
    avg(duration_ns) / 1e6 AS latency_avg,
    arrayMap(q -> q / 1e6, quantilesTDigest(0.5, 0.95, 0.99)(duration_ns)) AS latency_quantiles
FROM llm_spans AS s FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND usage_role = 'call'
GROUP BY provider, model
ORDER BY sumIf(cost, cost_currency IN ('', 'USD')) DESC NULLS LAST, calls DESC, provider, model
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000
-- limit = 1001
