-- Larder's usage logs in DuckDB. Read this file once in a session:
--
--   .read larder.sql
--   SELECT * FROM larder_report('/var/log/larder/usage.log*');
--
-- larder_lines(FILES) is the lines, one row each; larder_report(FILES) what
-- `larder report` makes of them, by day and model and in all. FILES is a
-- path, a pattern or a list of them, plain, .gz or .zst.

-- A line that is no JSON has no time; an alarm is no request; one that has a
-- number but no checksum is damaged; and one that was read before goes.
CREATE OR REPLACE MACRO larder_lines(files) AS TABLE
SELECT *, time[:10] AS day,
       coalesce(cache IN ('miss', 'bypass'), false) AS asked,
       coalesce(status, 0) < 400 AS fine,
       coalesce(cache IN ('local', 'memcached', 'semantic', 'stale',
                          'collapsed', 'pinned'), false)
           AND coalesce(status, 0) < 400 AS hit,
       purpose IS NULL AS callers,
       least(greatest(coalesce("gen_ai.usage.cache_read.input_tokens", 0),
             0), coalesce("gen_ai.usage.input_tokens", 0)) AS cache_read
FROM read_json(files, format = 'newline_delimited', ignore_errors = true,
     maximum_object_size = 65536, columns = {
	'time': 'VARCHAR', 'event': 'VARCHAR', 'run': 'VARCHAR', 'seq': 'BIGINT',
	'crc': 'VARCHAR',
	'host': 'VARCHAR', 'tenant': 'VARCHAR', 'endpoint': 'VARCHAR',
	'status': 'INTEGER', 'cache': 'VARCHAR', 'key': 'VARCHAR',
	'gen_ai.provider.name': 'VARCHAR',
	'gen_ai.request.model': 'VARCHAR',
	'gen_ai.response.model': 'VARCHAR',
	'gen_ai.usage.input_tokens': 'BIGINT',
	'gen_ai.usage.output_tokens': 'BIGINT',
	'gen_ai.usage.cache_read.input_tokens': 'BIGINT',
	'gen_ai.usage.cache_creation.input_tokens': 'BIGINT',
	'cache_write_1h_tokens': 'BIGINT', 'reasoning_tokens': 'BIGINT',
	'cost_usd': 'DECIMAL(38,12)', 'weak_cost_usd': 'DECIMAL(38,12)',
	'spilt_usd': 'DECIMAL(38,12)', 'saved_usd': 'DECIMAL(38,12)',
	'saved_by': 'VARCHAR', 'saved_routing_usd': 'DECIMAL(38,12)',
	'saved_history_usd': 'DECIMAL(38,12)',
	'saved_prompt_cache_usd': 'DECIMAL(38,12)', 'purpose': 'VARCHAR',
	'route': 'VARCHAR', 'fallback_from': 'VARCHAR',
	'maybe_billed': 'BIGINT', 'estimated': 'BOOLEAN',
	'client_aborted': 'BOOLEAN', 'error.type': 'VARCHAR',
	'tag': 'VARCHAR', 'ttfb_ms': 'BIGINT', 'duration_ms': 'BIGINT'})
WHERE time IS NOT NULL AND event IS NULL
      AND (run IS NULL OR seq IS NULL OR crc IS NOT NULL)
QUALIFY run IS NULL OR seq IS NULL
     OR row_number() OVER (PARTITION BY run, seq, crc) = 1;

-- Milliseconds as the report shows them: the middle of their bucket.
CREATE OR REPLACE MACRO larder_ms(v) AS
CASE WHEN v < 128 THEN v
     ELSE ((v >> (length(bin(v)) - 7)) << (length(bin(v)) - 7))
          + ((1 << (length(bin(v)) - 7)) >> 1) END;

CREATE OR REPLACE MACRO larder_report(files) AS TABLE
WITH line AS (
	SELECT *,
	       asked AND fine AND "error.type" IS NULL
	           AND coalesce("gen_ai.request.model", '') <> ''
	           AND coalesce(endpoint, '') <> 'messages/count_tokens'
	           AS called,
	       callers AND saved_usd IS NOT NULL
	           AND NOT (hit AND cache = 'collapsed') AS saves,
	       least(coalesce("gen_ai.usage.cache_creation.input_tokens", 0),
	             coalesce("gen_ai.usage.input_tokens", 0) - cache_read)
	           AS cache_write
	FROM larder_lines(files))
SELECT CASE WHEN grouping(day) = 1 THEN 'total' ELSE 'group' END AS "row",
       day, coalesce(nullif("gen_ai.request.model", ''), '-') AS model,
       count(*) FILTER (callers) AS requests,
       count(*) FILTER (NOT callers) AS asides,
       count(*) FILTER (callers AND (hit OR (cache = 'miss' AND fine
                        AND "error.type" IS NULL))) AS cacheable,
       count(*) FILTER (callers AND hit) AS hits,
       count(*) FILTER (callers AND hit AND cache = 'local')
           AS hits_local,
       count(*) FILTER (callers AND hit AND cache = 'memcached')
           AS hits_memcached,
       count(*) FILTER (callers AND hit AND cache = 'stale')
           AS hits_stale,
       count(*) FILTER (callers AND hit AND cache = 'collapsed')
           AS hits_collapsed,
       count(*) FILTER (callers AND hit AND cache = 'pinned')
           AS hits_pinned,
       count(*) FILTER (callers AND cache = 'miss') AS misses,
       count(*) FILTER (callers AND cache = 'bypass') AS bypasses,
       count(*) FILTER (callers AND NOT hit
                        AND NOT coalesce(client_aborted, false)
                        AND (NOT fine OR "error.type" IS NOT NULL))
           AS errors,
       count(*) FILTER (callers AND client_aborted) AS aborted,
       count(*) FILTER (callers AND fallback_from IS NOT NULL)
           AS fallbacks,
       count(*) FILTER (called) AS calls,
       coalesce(sum("gen_ai.usage.input_tokens") FILTER (asked), 0)
           AS input_tokens,
       coalesce(sum("gen_ai.usage.input_tokens" - cache_read - cache_write)
                FILTER (asked), 0) AS fresh_input_tokens,
       coalesce(sum(cache_read) FILTER (asked), 0) AS cache_read_tokens,
       coalesce(sum(cache_write - least(coalesce(cache_write_1h_tokens, 0),
                cache_write)) FILTER (asked), 0) AS cache_write_5m_tokens,
       coalesce(sum(least(coalesce(cache_write_1h_tokens, 0), cache_write))
                FILTER (asked), 0) AS cache_write_1h_tokens,
       coalesce(sum("gen_ai.usage.output_tokens") FILTER (asked), 0)
           AS output_tokens,
       coalesce(sum(least(coalesce(reasoning_tokens, 0),
                "gen_ai.usage.output_tokens"))
                FILTER (asked), 0) AS reasoning_tokens,
       -- where it is not known as a whole, what is known of it
       coalesce(sum(coalesce(cost_usd, coalesce(weak_cost_usd, 0)
                + coalesce(spilt_usd, 0))), 0) AS cost_usd,
       coalesce(sum(saved_usd) FILTER (callers), 0) AS saved_usd,
       coalesce(sum(saved_usd) FILTER (saves AND saved_by = 'cache'), 0)
           AS saved_by_cache_usd,
       coalesce(sum(saved_usd) FILTER (callers AND hit
                AND cache = 'collapsed'), 0) AS saved_by_collapsed_usd,
       coalesce(sum(CASE WHEN saved_by = 'routing' THEN saved_usd
                ELSE saved_routing_usd END) FILTER (saves), 0) AS saved_by_routing_usd,
       coalesce(sum(CASE WHEN saved_by = 'history' THEN saved_usd
                ELSE saved_history_usd END) FILTER (saves), 0) AS saved_by_history_usd,
       coalesce(sum(CASE WHEN saved_by = 'prompt_cache' THEN saved_usd
                ELSE saved_prompt_cache_usd END) FILTER (saves), 0) AS saved_by_prompt_cache_usd,
       count(*) FILTER (called AND cost_usd IS NULL) AS unpriced,
       count(*) FILTER (called AND estimated) AS estimated,
       coalesce(sum(maybe_billed), 0) AS maybe_billed,
       quantile_disc(larder_ms(duration_ms), 0.5) FILTER (callers)
           AS latency_p50_ms,
       quantile_disc(larder_ms(duration_ms), 0.95) FILTER (callers)
           AS latency_p95_ms,
       quantile_disc(larder_ms(duration_ms), 0.99) FILTER (callers)
           AS latency_p99_ms,
       quantile_disc(larder_ms(ttfb_ms), 0.5) FILTER (callers)
           AS ttfb_p50_ms,
       quantile_disc(larder_ms(ttfb_ms), 0.95) FILTER (callers)
           AS ttfb_p95_ms,
       quantile_disc(larder_ms(ttfb_ms), 0.99) FILTER (callers)
           AS ttfb_p99_ms
FROM line
GROUP BY GROUPING SETS ((day, "gen_ai.request.model"), ())
ORDER BY 1, 2, 3;
