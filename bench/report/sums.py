"""The sums of a log by day and model, by DuckDB on one thread."""
import sys

import duckdb

SUMS = """
SELECT substr(time, 1, 10) AS day, "gen_ai.request.model" AS model,
       count(*),
       coalesce(sum("gen_ai.usage.input_tokens")
                FILTER (cache IN ('miss', 'bypass')), 0),
       coalesce(sum("gen_ai.usage.output_tokens")
                FILTER (cache IN ('miss', 'bypass')), 0),
       coalesce(sum(cost_usd), 0), coalesce(sum(saved_usd), 0)
FROM read_json(?, format = 'newline_delimited', ignore_errors = true,
     columns = {'time': 'VARCHAR', 'cache': 'VARCHAR',
	'gen_ai.request.model': 'VARCHAR',
	'gen_ai.usage.input_tokens': 'BIGINT',
	'gen_ai.usage.output_tokens': 'BIGINT',
	'cost_usd': 'DECIMAL(38,12)', 'saved_usd': 'DECIMAL(38,12)'})
WHERE time IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
db = duckdb.connect(config={"threads": 1})
for row in db.execute(SUMS, [sys.argv[1]]).fetchall():
    print(",".join(str(v) for v in row))
