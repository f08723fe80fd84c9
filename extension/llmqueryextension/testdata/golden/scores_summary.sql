GET /api/v1/scores/summary?name=fair

-- Scores of a project by name. A score without a number is in the count and in no average; labels are counted each.
SELECT
    name,
    count() AS scores,
    countIf(ifNull(isFinite(value), 0)) AS valued,
    avgIf(value, ifNull(isFinite(value), 0)) AS average,
    minIf(value, ifNull(isFinite(value), 0)) AS least,
    maxIf(value, ifNull(isFinite(value), 0)) AS most,
    uniqExactIf(trace_id, trace_id != '') AS traces,
    sumMapIf(map(toString(label), toUInt64(1)), label != '') AS labels
FROM llm_scores FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
  AND ({trace_id:String} = '' OR trace_id = {trace_id:String})
  AND ({span_id:String} = '' OR span_id = {span_id:String})
  AND ({name:String} = '' OR name = {name:String})
  AND ({source:String} = '' OR source = {source:String})
  AND ({user_id:String} = '' OR user_id = {user_id:String})
  AND ({conversation_id:String} = '' OR conversation_id = {conversation_id:String})
GROUP BY name
ORDER BY scores DESC, name
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773057600000000000
-- end_ns = 1773144000000000000
-- trace_id = ""
-- span_id = ""
-- name = "fair"
-- source = ""
-- user_id = ""
-- conversation_id = ""
-- limit = 1000
