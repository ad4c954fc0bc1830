#!/bin/sh
# Some recorded usages and their prices, for `make check`.
usages=${builddir:-.}/tests/prices/usages
dir=${srcdir:-.}/tests/fixtures/prices
[ -x "$usages" ] || exit 77
exec "$usages" "$dir/table.json" "$dir/usages.jsonl"
