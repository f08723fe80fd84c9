-- Scores of one trace, or of one of its spans, in order of time.
SELECT
    trace_id, span_id, id, time, name, value, label, explanation, source, evaluator, target_event_id, response_id, conversation_id, user_id,
    service_name, environment, attributes
FROM llm_scores FINAL
WHERE tenant_id = {tenant:String}
  AND project_id = {project:String}
  AND trace_id = {trace_id:String}
  AND ({span_id:String} = '' OR span_id = {span_id:String})
ORDER BY time, span_id, id
LIMIT {limit:UInt32}
