-- Ids of a project's traces with a span that starts in [start, end), newest first by the earliest such
-- span, from just below the cursor. Each filter must be met by a span of the trace, not all by the same.
-- No FINAL where a copy of a row, or the one that a correction superseded, changes no minimum and no "at least one"; the status is the
-- root's as it was stored last, because late fields may change it. The sum needs it,
-- and is not read when nobody asks for it.
SELECT
    trace_id,
    toUnixTimestamp64Nano(min(start_time)) AS first_ns
FROM llm_spans
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
  AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
GROUP BY trace_id
HAVING (first_ns, trace_id) < ({cursor_ns:Int64}, {cursor_id:String})
   AND ({model:String} = '' OR countIf(request_model = {model:String} OR response_model = {model:String}) > 0)
   AND ({provider:String} = '' OR countIf(provider = {provider:String}) > 0)
   AND ({user_id:String} = '' OR countIf(user_id = {user_id:String}) > 0)
   AND ({conversation_id:String} = '' OR countIf(conversation_id = {conversation_id:String}) > 0)
   AND ({service:String} = '' OR countIf(service_name = {service:String}) > 0)
   AND ({status:String} = '' OR if(countIf(parent_span_id = '') = 0, 'unset', argMinIf(toString(status_code), (start_time, -toUnixTimestamp64Milli(ingested_at)), parent_span_id = '')) = {status:String})
   AND ({has_error:String} = '' OR (countIf(status_code = 'error' OR outcome = 'error') > 0) = ({has_error:String} = 'true'))
   AND ({q:String} = '' OR countIf(positionCaseInsensitiveUTF8(name, {q:String}) > 0) > 0)
   AND ({min_cost:String} = '' OR trace_id IN
   (
       SELECT trace_id
       FROM {{ spans }}
       WHERE tenant_id = {tenant:String}
         AND project_id = {project:String}
         AND {min_cost:String} != ''
         AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
         AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
       GROUP BY trace_id
       HAVING sumIf(assumeNotNull(toDecimal128(cost, 12)), usage_role = 'call' AND isNotNull(cost) AND cost_currency IN ('', 'USD')) >= toDecimal128OrZero({min_cost:String}, 12)
   ))
ORDER BY first_ns DESC, trace_id DESC
LIMIT {limit:UInt32}
