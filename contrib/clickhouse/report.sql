-- `larder report --by day,model`, to the last digit. FINAL leaves out what was
-- loaded twice.
WITH
    cache IN ('local', 'memcached', 'semantic', 'stale', 'collapsed',
              'pinned') AS hit,
    cache IN ('miss', 'bypass') AS asked,
    status >= 400 OR error_type != '' AS bad,
    asked AND NOT bad AND model != ''
        AND endpoint != 'messages/count_tokens' AS called,
    purpose = '' AS callers
SELECT
    day,
    if(model = '', '-', model) AS model_,
    countIf(callers) AS requests,
    countIf(callers AND (hit OR (cache = 'miss' AND NOT bad))) AS cacheable,
    countIf(callers AND hit) AS hits,
    countIf(callers AND cache = 'miss') AS misses,
    countIf(callers AND cache = 'bypass') AS bypasses,
    countIf(called) AS calls,
    sumIf(input_tokens, asked) AS input_tokens_,
    sumIf(output_tokens, asked) AS output_tokens_,
    -- where it is not known as a whole, what is known of it
    sum(coalesce(cost_usd, coalesce(weak_cost_usd, toDecimal128(0, 12))
        + coalesce(spilt_usd, toDecimal128(0, 12)))) AS cost_usd_,
    ifNull(sumIf(saved_usd, callers), 0) AS saved_usd_,
    countIf(called AND cost_usd IS NULL) AS unpriced
FROM larder.usage FINAL
GROUP BY day, model_
ORDER BY day, model_
FORMAT CSV;
