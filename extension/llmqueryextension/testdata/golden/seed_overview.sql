GET /stats/overview?hours=24&project_id=shop&unheard_of=1

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

-- Totals of a project in [start, end). One row, always.
-- Sums skip unknown values, which are counted beside them; a sum of nothing known is NULL, not 0.
-- Estimates are of calls without a cost and in no other sum; a bound that one of them lacks, their sum lacks.
-- A bill is compared as the cost it became, because a tenant's factor holds for it and for the book's figure or for neither.
-- An embedding or a rerank has no output to know, so its absence is not counted as unknown.
SELECT
    count() AS spans,
    countIf(status_code = 'error') AS span_errors,
    countIf(is_call) AS calls,
    countIf(is_call AND failed) AS errors,
    sumIf(input_tokens, is_call) AS input_total,
    countIf(is_call AND isNull(input_tokens)) AS input_unknown,
    sumIf(output_tokens, is_call) AS output_total,
    countIf(is_call AND isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')) AS output_unknown,
    sumIf(cache_read_tokens, is_call) AS cache_read_total,
    countIf(is_call AND isNull(cache_read_tokens)) AS cache_read_unknown,
    sumIf(cache_write_tokens, is_call) AS cache_write_total,
    countIf(is_call AND isNull(cache_write_tokens)) AS cache_write_unknown,
    sumIf(reasoning_tokens, is_call) AS reasoning_total,
    countIf(is_call AND isNull(reasoning_tokens)) AS reasoning_unknown,
    countIf(is_call AND (isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')))) AS total_unknown,
    toString(sumIf(toDecimal128(cost, 12), is_call AND in_usd)) AS cost_total,
    countIf(is_call AND isNull(cost)) AS cost_unknown,
    countIf(is_call AND isNotNull(cost) AND NOT in_usd) AS cost_foreign,
    countIf(is_call AND cost_status = 'partial') AS cost_partial,
    sumMapIf(map(toString(cost_status), toUInt64(1)), is_call) AS cost_statuses,
    countIf(is_estimated) AS estimated_calls,
    toString(sumIf(toDecimal128(cost_estimated, 12), is_estimated)) AS estimated_total,
    if(countIf(is_estimated AND isNull(cost_estimated_low)) = 0, toString(sumIf(toDecimal128(cost_estimated_low, 12), is_estimated)), NULL) AS estimated_low,
    if(countIf(is_estimated AND isNull(cost_estimated_high)) = 0, toString(sumIf(toDecimal128(cost_estimated_high, 12), is_estimated)), NULL) AS estimated_high,
    countIf(is_reported) AS reported_calls,
    toString(sumIf(toDecimal128(by_others, 12), is_reported)) AS reported_total,
    toString(sumIf(toDecimal128(by_book, 12), is_reported)) AS reported_computed,
    toString(sumIf(toDecimal128(by_others, 12), is_reported) - sumIf(toDecimal128(by_book, 12), is_reported)) AS reported_difference,
    avgOrNullIf(duration_ns, is_call) / 1e6 AS latency_avg,
    arrayMap(q -> q / 1e6, quantilesTDigestIf(0.5, 0.95, 0.99)(duration_ns, is_call)) AS latency_quantiles,
    countIf(is_call AND isNotNull(ttft_s)) AS ttft_calls,
    arrayMap(q -> q * 1e3, quantilesTDigestIf(0.5, 0.95, 0.99)(assumeNotNull(ttft_s), is_call AND isNotNull(ttft_s))) AS ttft_quantiles
FROM
(
    SELECT
        *,
        usage_role = 'call' AS is_call,
        status_code = 'error' OR outcome = 'error' AS failed,
        cost_currency IN ('', 'USD') AS in_usd,
        is_call AND isNull(cost) AND isNotNull(cost_estimated) AS is_estimated,
        if(cost_status = 'provider_reported', cost, cost_reported) AS by_others,
        if(cost_status = 'provider_reported', cost_computed, cost) AS by_book,
        is_call AND in_usd AND isNotNull(cost_reported) AND isNotNull(by_others) AND isNotNull(by_book) AS is_reported
    FROM llm_spans AS s FINAL
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
      AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
)
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000
