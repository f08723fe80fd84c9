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
