GET /api/v1/scores?trace_id=00000000000000000000000000000001&span_id=0000000000000001&name=fair&source=user&user_id=u&conversation_id=c&limit=7&hours=1

-- Scores of a project that were given in [start, end), newest first, from just below the cursor.
SELECT
    trace_id, span_id, id, time, name, value, label, explanation, source, evaluator, target_event_id, response_id, conversation_id, user_id,
    service_name, environment, attributes,
    lower(hex(sipHash128(trace_id, span_id, id))) AS position
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
  AND (toUnixTimestamp64Nano(time), position) < ({cursor_ns:Int64}, {cursor_id:String})
ORDER BY time DESC, position DESC
LIMIT {limit:UInt32}
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773140400000000000
-- end_ns = 1773144000000000000
-- trace_id = "00000000000000000000000000000001"
-- span_id = "0000000000000001"
-- name = "fair"
-- source = "user"
-- user_id = "u"
-- conversation_id = "c"
-- cursor_ns = 9223372036854775807
-- cursor_id = ""
-- limit = 8
