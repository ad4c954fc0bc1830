-- larder's usage log in ClickHouse: lines go in as they stand, a view reads
-- them. Money is Decimal with all its 12 digits, never a float.
--
--     clickhouse-client --multiquery <schema.sql
--     clickhouse-client -q 'INSERT INTO larder.line FORMAT LineAsString' \
--         <usage.log

CREATE DATABASE IF NOT EXISTS larder;

-- What was loaded twice (a shipper that tried again, a file read a second
-- time) is there once: a line is known by its process's run and its seq.
CREATE TABLE IF NOT EXISTS larder.usage
(
    time DateTime64(3, 'UTC'),
    day Date,
    run String,
    seq UInt64,
    pid UInt32,
    crc String,
    host LowCardinality(String),
    tenant LowCardinality(String),
    endpoint LowCardinality(String),
    status UInt16,
    cache LowCardinality(String),
    key String,
    provider LowCardinality(String),
    model LowCardinality(String),
    response_model LowCardinality(String),
    finish_reasons LowCardinality(String),
    input_tokens Int64,
    output_tokens Int64,
    cache_read_tokens Int64,
    cache_write_tokens Int64,
    cache_write_1h_tokens Int64,
    cost_usd Nullable(Decimal(38, 12)),
    weak_cost_usd Nullable(Decimal(38, 12)),
    spilt_usd Nullable(Decimal(38, 12)),
    saved_usd Nullable(Decimal(38, 12)),
    saved_by LowCardinality(String),
    price_table LowCardinality(String),
    purpose LowCardinality(String),
    route LowCardinality(String),
    fallback_from LowCardinality(String),
    attempts UInt16,
    stream Bool,
    size Int64,
    ttfb_ms Int64,
    duration_ms Int64,
    client_aborted Bool,
    error_type LowCardinality(String),
    tag LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (day, run, seq, pid, crc);

CREATE TABLE IF NOT EXISTS larder.line (line String) ENGINE = Null;

-- A torn line is no JSON, an alarm (`event`) and another program's line are no
-- requests: none of them comes through. Checksums are larder report's business.
CREATE MATERIALIZED VIEW IF NOT EXISTS larder.read_line TO larder.usage AS
WITH
    (member) -> JSONExtractString(line, member) AS text,
    (member) -> JSONExtractInt(line, member) AS whole,
    (member) -> toDecimal128OrNull(trim(BOTH '"' FROM
        JSONExtractRaw(line, member)), 12) AS money
SELECT
    parseDateTime64BestEffort(text('time'), 3, 'UTC') AS time,
    toDate(substring(text('time'), 1, 10)) AS day,
    text('run') AS run,
    whole('seq') AS seq,
    whole('pid') AS pid,
    text('crc') AS crc,
    text('host') AS host,
    text('tenant') AS tenant,
    text('endpoint') AS endpoint,
    whole('status') AS status,
    text('cache') AS cache,
    text('key') AS key,
    text('gen_ai.provider.name') AS provider,
    text('gen_ai.request.model') AS model,
    text('gen_ai.response.model') AS response_model,
    text('gen_ai.response.finish_reasons') AS finish_reasons,
    whole('gen_ai.usage.input_tokens') AS input_tokens,
    whole('gen_ai.usage.output_tokens') AS output_tokens,
    whole('gen_ai.usage.cache_read.input_tokens') AS cache_read_tokens,
    whole('gen_ai.usage.cache_creation.input_tokens') AS cache_write_tokens,
    whole('cache_write_1h_tokens') AS cache_write_1h_tokens,
    money('cost_usd') AS cost_usd,
    money('weak_cost_usd') AS weak_cost_usd,
    money('spilt_usd') AS spilt_usd,
    money('saved_usd') AS saved_usd,
    text('saved_by') AS saved_by,
    text('price_table') AS price_table,
    text('purpose') AS purpose,
    text('route') AS route,
    text('fallback_from') AS fallback_from,
    whole('attempts') AS attempts,
    JSONExtractBool(line, 'stream') AS stream,
    whole('size') AS size,
    whole('ttfb_ms') AS ttfb_ms,
    whole('duration_ms') AS duration_ms,
    JSONExtractBool(line, 'client_aborted') AS client_aborted,
    text('error.type') AS error_type,
    text('tag') AS tag
FROM larder.line
WHERE isValidJSON(line) AND JSONHas(line, 'time')
    AND NOT JSONHas(line, 'event');
