GET /api/v1/traces?model=m&provider=p&user_id=u&conversation_id=c&service=s&q=n&status=error&has_error=true&min_cost=0.5&limit=7&hours=1

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
-- start_ns = 1773143943750000000
-- end_ns = 1773144000000000000

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
       FROM llm_spans AS s FINAL
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
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773143943750000000
-- end_ns = 1773144000000000000
-- model = "m"
-- provider = "p"
-- user_id = "u"
-- conversation_id = "c"
-- service = "s"
-- q = "n"
-- status = "error"
-- has_error = "true"
-- min_cost = "0.5"
-- cursor_ns = 9223372036854775807
-- cursor_id = ""
-- limit = 8

-- What a list shows of some traces of a project. All spans of each trace count, also those outside the
-- list's time range: the trace index says where they lie; first and last bound traces it does not know.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id IN {trace_ids:Array(String)}
    ) AS lies,
    fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC') AS first,
    fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC') AS last
SELECT
    trace_id,
    argMin(name, (parent_span_id != '', start_time)) AS root_span,
    argMin(service_name, (parent_span_id != '', start_time)) AS root_service,
    argMin(environment, (parent_span_id != '', start_time)) AS root_environment,
    countIf(parent_span_id = '') > 0 AS has_root,
    if(has_root, argMinIf(toString(status_code), start_time, parent_span_id = ''), 'unset') AS root_status,
    min(start_time) AS trace_start,
    max(greatest(end_time, start_time)) AS trace_end,
    count() AS spans,
    countIf(status_code = 'error' OR outcome = 'error') AS failed_spans,
    argMinIf(user_id, start_time, user_id != '') AS first_user,
    argMinIf(conversation_id, start_time, conversation_id != '') AS first_conversation,
    countIf(is_call) AS calls,
    arraySort(groupUniqArrayIf(toString(if(response_model != '', response_model, request_model)), is_call AND (response_model != '' OR request_model != ''))) AS models,
    arraySort(groupUniqArrayIf(toString(provider), is_call AND provider != '')) AS providers,
    sumIf(input_tokens, is_call) AS input_total,
    countIf(is_call AND isNull(input_tokens)) AS input_unknown,
    sumIf(output_tokens, is_call) AS output_total,
    countIf(is_call AND isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')) AS output_unknown,
    countIf(is_call AND (isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')))) AS total_unknown,
    toString(sumIf(toDecimal128(i.cost, 12), is_call AND i.cost_currency IN ('', 'USD'))) AS booked_total,
    countIf(is_call AND (isNull(i.cost) OR i.cost_currency NOT IN ('', 'USD'))) AS booked_unknown,
    countIf(is_call AND i.cost_status = 'partial') AS booked_partial,
    toString(sumIf(toDecimal128(if(k.corrections > 0, k.cost, i.cost), 12), is_call AND if(k.corrections > 0, k.currency, i.cost_currency) IN ('', 'USD'))) AS known_total,
    countIf(is_call AND (isNull(if(k.corrections > 0, k.cost, i.cost)) OR if(k.corrections > 0, k.currency, i.cost_currency) NOT IN ('', 'USD'))) AS known_unknown,
    countIf(is_call AND if(k.corrections > 0, k.status, i.cost_status) = 'partial') AS known_partial,
    sumIf(k.corrections, is_call) AS corrections
FROM
(
    SELECT
        trace_id, span_id, parent_span_id, name, service_name, environment, status_code, outcome, start_time, end_time,
        user_id, conversation_id, role, provider, request_model, response_model, input_tokens, output_tokens, cost, cost_currency, cost_status,
        usage_role = 'call' AS is_call
    FROM llm_spans
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND trace_id IN {trace_ids:Array(String)}
      AND start_time >= if(lies.1 = 0, first, least(lies.2, first))
      AND start_time <= if(lies.1 = 0, last, greatest(lies.3, last))
    ORDER BY ingested_at DESC
    LIMIT 1 BY trace_id, span_id
) AS i
GLOBAL ANY LEFT JOIN
(
    SELECT
        start_time, trace_id, span_id, max(revision) AS corrections, argMax(tuple(cost_after), revision).1 AS cost,
        argMax(cost_currency_after, revision) AS currency, argMax(cost_status_after, revision) AS status
    FROM llm_cost_adjustments
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND trace_id IN {trace_ids:Array(String)}
      AND start_time >= if(lies.1 = 0, first, least(lies.2, first))
      AND start_time <= if(lies.1 = 0, last, greatest(lies.3, last))
    GROUP BY start_time, trace_id, span_id
) AS k ON k.start_time = i.start_time AND k.trace_id = i.trace_id AND k.span_id = i.span_id
GROUP BY trace_id
SETTINGS join_use_nulls = 0
-- tenant = "acme"
-- project = "shop"
-- trace_ids = []string{"00000000000000000000000000000002", "00000000000000000000000000000001"}
-- first_ns = 1773140400000000000
-- last_ns = 1773144000000000000

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
-- start_ns = 1773140400000000000
-- end_ns = 1773144000000000000

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
       FROM llm_spans AS s FINAL
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
-- tenant = "acme"
-- project = "shop"
-- start_ns = 1773140400000000000
-- end_ns = 1773144000000000000
-- model = "m"
-- provider = "p"
-- user_id = "u"
-- conversation_id = "c"
-- service = "s"
-- q = "n"
-- status = "error"
-- has_error = "true"
-- min_cost = "0.5"
-- cursor_ns = 9223372036854775807
-- cursor_id = ""
-- limit = 8

-- What a list shows of some traces of a project. All spans of each trace count, also those outside the
-- list's time range: the trace index says where they lie; first and last bound traces it does not know.
WITH
    (
        SELECT (count(), min(min_start_time), max(max_start_time))
        FROM llm_trace_index
        WHERE tenant_id = {tenant:String} AND trace_id IN {trace_ids:Array(String)}
    ) AS lies,
    fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC') AS first,
    fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC') AS last
SELECT
    trace_id,
    argMin(name, (parent_span_id != '', start_time)) AS root_span,
    argMin(service_name, (parent_span_id != '', start_time)) AS root_service,
    argMin(environment, (parent_span_id != '', start_time)) AS root_environment,
    countIf(parent_span_id = '') > 0 AS has_root,
    if(has_root, argMinIf(toString(status_code), start_time, parent_span_id = ''), 'unset') AS root_status,
    min(start_time) AS trace_start,
    max(greatest(end_time, start_time)) AS trace_end,
    count() AS spans,
    countIf(status_code = 'error' OR outcome = 'error') AS failed_spans,
    argMinIf(user_id, start_time, user_id != '') AS first_user,
    argMinIf(conversation_id, start_time, conversation_id != '') AS first_conversation,
    countIf(is_call) AS calls,
    arraySort(groupUniqArrayIf(toString(if(response_model != '', response_model, request_model)), is_call AND (response_model != '' OR request_model != ''))) AS models,
    arraySort(groupUniqArrayIf(toString(provider), is_call AND provider != '')) AS providers,
    sumIf(input_tokens, is_call) AS input_total,
    countIf(is_call AND isNull(input_tokens)) AS input_unknown,
    sumIf(output_tokens, is_call) AS output_total,
    countIf(is_call AND isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')) AS output_unknown,
    countIf(is_call AND (isNull(input_tokens) OR (isNull(output_tokens) AND role NOT IN ('embedding', 'rerank')))) AS total_unknown,
    toString(sumIf(toDecimal128(i.cost, 12), is_call AND i.cost_currency IN ('', 'USD'))) AS booked_total,
    countIf(is_call AND (isNull(i.cost) OR i.cost_currency NOT IN ('', 'USD'))) AS booked_unknown,
    countIf(is_call AND i.cost_status = 'partial') AS booked_partial,
    toString(sumIf(toDecimal128(if(k.corrections > 0, k.cost, i.cost), 12), is_call AND if(k.corrections > 0, k.currency, i.cost_currency) IN ('', 'USD'))) AS known_total,
    countIf(is_call AND (isNull(if(k.corrections > 0, k.cost, i.cost)) OR if(k.corrections > 0, k.currency, i.cost_currency) NOT IN ('', 'USD'))) AS known_unknown,
    countIf(is_call AND if(k.corrections > 0, k.status, i.cost_status) = 'partial') AS known_partial,
    sumIf(k.corrections, is_call) AS corrections
FROM
(
    SELECT
        trace_id, span_id, parent_span_id, name, service_name, environment, status_code, outcome, start_time, end_time,
        user_id, conversation_id, role, provider, request_model, response_model, input_tokens, output_tokens, cost, cost_currency, cost_status,
        usage_role = 'call' AS is_call
    FROM llm_spans
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND trace_id IN {trace_ids:Array(String)}
      AND start_time >= if(lies.1 = 0, first, least(lies.2, first))
      AND start_time <= if(lies.1 = 0, last, greatest(lies.3, last))
    ORDER BY ingested_at DESC
    LIMIT 1 BY trace_id, span_id
) AS i
GLOBAL ANY LEFT JOIN
(
    SELECT
        start_time, trace_id, span_id, max(revision) AS corrections, argMax(tuple(cost_after), revision).1 AS cost,
        argMax(cost_currency_after, revision) AS currency, argMax(cost_status_after, revision) AS status
    FROM llm_cost_adjustments
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND trace_id IN {trace_ids:Array(String)}
      AND start_time >= if(lies.1 = 0, first, least(lies.2, first))
      AND start_time <= if(lies.1 = 0, last, greatest(lies.3, last))
    GROUP BY start_time, trace_id, span_id
) AS k ON k.start_time = i.start_time AND k.trace_id = i.trace_id AND k.span_id = i.span_id
GROUP BY trace_id
SETTINGS join_use_nulls = 0
-- tenant = "acme"
-- project = "shop"
-- trace_ids = []string{"00000000000000000000000000000002", "00000000000000000000000000000001"}
-- first_ns = 1773140400000000000
-- last_ns = 1773144000000000000
