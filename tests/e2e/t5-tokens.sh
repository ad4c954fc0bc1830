#!/bin/sh
# Token counts are those of gpt-tokenizer: tests/sdk/tokens.test.mjs.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

COUNT=$builddir/tests/sdk/count TABLES=$srcdir/data
export COUNT TABLES
[ -x "$COUNT" ] || broken "no program $COUNT"
BASE='' FAKE_URL='' # nobody is asked
. "$E2E/sdk.sh"
node_test tokens tokens.test.mjs
