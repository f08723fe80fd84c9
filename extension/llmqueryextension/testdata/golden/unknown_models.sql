GET /api/v1/prices/unknown?hours=2&limit=3

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
-- start_ns = 1773136800000000000
-- end_ns = 1773144000000000000

-- Models of a project's calls in [start, end) that the price book did not know, most calls first. One row more than the limit is
-- asked for, to know whether something was left out.
SELECT
    provider,
    if(response_model != '', response_model, request_model) AS model,
    server_address AS host,
    count() AS calls,
    sum(input_tokens) AS input_total,
    countIf(isNull(input_tokens)) AS input_unknown,
    sum(output_tokens) AS output_total,
    countIf(isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')) AS output_unknown,
    countIf(isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank'))) AS total_unknown,
    min(start_time) AS first_seen,
    max(start_time) AS last_seen
FROM llm_spans AS s FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND usage_role = 'call'
  AND cost_status = 'unknown_model'
GROUP BY provider, model, host
ORDER BY calls DESC, provider, model, host
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773136800000000000
-- end_ns = 1773144000000000000
-- limit = 4
