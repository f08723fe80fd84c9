-- What the store says of each tenant, one tenant being one case. FINAL, so that a corrected row counts as corrected.
SELECT
    tenant_id,
    countIf(usage_role = 'call' AND outcome != 'error') AS calls,
    countIf(usage_role = 'call' AND outcome = 'error') AS failed,
    sumIf(input_tokens, usage_role = 'call') AS input_total,
    sumIf(output_tokens, usage_role = 'call') AS output_total,
    sumIf(cache_read_tokens, usage_role = 'call') AS cache_read_total,
    sumIf(cache_write_tokens, usage_role = 'call') AS cache_write_total,
    sumIf(reasoning_tokens, usage_role = 'call') AS reasoning_total,
    countIf(usage_role = 'aggregate') AS aggregates,
    countIf(usage_role = 'duplicate') AS duplicates,
    sumMap(if(usage_role = 'call' AND usage_missing_reason != '', map(toString(usage_missing_reason), toUInt64(1)), map())) AS missing
FROM llm_spans FINAL
WHERE tenant_id IN ({tenants:Array(String)})
GROUP BY tenant_id
