INSERT INTO `watchllm`.`llm_scores` (`tenant_id`, `project_id`, `trace_id`, `span_id`, `id`, `time`, `name`, `value`, `label`, `explanation`, `source`, `evaluator`, `target_event_id`, `response_id`, `conversation_id`, `user_id`, `service_name`, `environment`, `attributes`, `ingested_at`, `retention_days`)
SELECT
    tenant_id,
    project_id,
    trace_id,
    parent_span_id AS `span_id`,
    attributes_string['watchllm.native.id'] AS `id`,
    start_time AS `time`,
    attributes_string['gen_ai.evaluation.name'] AS `name`,
    multiIf(mapContains(attributes_double, 'gen_ai.evaluation.score.value'), toNullable(attributes_double['gen_ai.evaluation.score.value']), mapContains(attributes_int, 'gen_ai.evaluation.score.value'), toNullable(toFloat64(attributes_int['gen_ai.evaluation.score.value'])), NULL) AS `value`,
    attributes_string['gen_ai.evaluation.score.label'] AS `label`,
    attributes_string['gen_ai.evaluation.explanation'] AS `explanation`,
    attributes_string['watchllm.native.source'] AS `source`,
    attributes_string['watchllm.native.evaluator'] AS `evaluator`,
    attributes_string['watchllm.native.target.event_id'] AS `target_event_id`,
    response_id,
    conversation_id,
    user_id,
    service_name,
    environment,
    mapFilter((k, v) -> k NOT IN (
        'watchllm.native.id', 'gen_ai.evaluation.name', 'gen_ai.evaluation.score.value', 'gen_ai.evaluation.score.label', 'gen_ai.evaluation.explanation', 'watchllm.native.source', 'watchllm.native.evaluator', 'watchllm.native.target.event_id', 'gen_ai.response.id', 'gen_ai.conversation.id', 'watchllm.user.id'),
        mapConcat(mapApply((k, v) -> (k, toString(v)), attributes_string),
            mapApply((k, v) -> (k, toString(v)), attributes_int),
            mapApply((k, v) -> (k, toString(v)), attributes_double),
            mapApply((k, v) -> (k, toString(v)), attributes_bool),
            mapApply((k, v) -> (k, toString(v)), attributes_json))) AS `attributes`,
    ingested_at,
    retention_days
FROM `watchllm`.`llm_spans` AS s
WHERE s.ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND s.name = 'gen_ai.evaluation.result' AND s.scope_name = 'watchllm.events'
  AND (s.tenant_id, s.project_id, s.trace_id, s.parent_span_id, s.attributes_string['watchllm.native.id']) GLOBAL NOT IN
    (SELECT tenant_id, project_id, trace_id, span_id, id FROM `watchllm`.`llm_scores` WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
