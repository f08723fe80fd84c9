-- Stands for llm_spans FINAL where corrections count: the last correction of a call tells its cost.
(
    SELECT s.* REPLACE (
        if(k.corrections > 0, k.cost, s.cost) AS cost,
        if(k.corrections > 0, k.currency, s.cost_currency) AS cost_currency,
        if(k.corrections > 0, k.status, s.cost_status) AS cost_status
    )
    FROM llm_spans AS s FINAL
    GLOBAL ANY LEFT JOIN
    (
        SELECT
            start_time, trace_id, span_id, max(revision) AS corrections, argMax(tuple(cost_after), revision).1 AS cost,
            argMax(cost_currency_after, revision) AS currency, argMax(cost_status_after, revision) AS status
        FROM llm_cost_adjustments
        WHERE tenant_id = {tenant:String}
          AND project_id = {project:String}
          AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
          AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        GROUP BY start_time, trace_id, span_id
    ) AS k ON k.start_time = s.start_time AND k.trace_id = s.trace_id AND k.span_id = s.span_id
    WHERE tenant_id = {tenant:String}
      AND project_id = {project:String}
      AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
      AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
) AS s
