#!/bin/sh
# A thousand tenants ask the same prompts, at random, of one cache in several
# processes at once: nobody gets what was answered to another.
#     LOOKUPS=N in all, JOBS=N processes, TENANTS=N
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

case ${LARDER_TORTURE:-full} in
short) : "${LOOKUPS:=100000}" ;;
*) : "${LOOKUPS:=10000000}" ;;
esac
: "${JOBS:=2}" "${TENANTS:=1000}" "${PROMPTS:=40}"
adopt "$builddir/tests/torture/tenants" tenants

# Smaller than what all of them ask, so that entries come and go. Nothing is
# asked of that upstream.
cat >"$T/larder.conf" <<END
[larder]
secret_file = $T/secret
[cache]
path = $T/cache.slab
size = 24M
[upstream fake]
url = http://127.0.0.1:9/v1
models = any
[clients]
file = $T/clients
[log]
path = $T/usage.log
END
: >"$T/usage.log"
own "$T"

jobs=
i=0
while [ $i -lt "$JOBS" ]; do
	i=$((i + 1))
	start "tenants.$i" "$T/bin/tenants" $((LOOKUPS / JOBS)) \
		"$TENANTS" "$PROMPTS" "$T/larder.conf"
	jobs="$jobs $!"
done
# Nobody reads the log here, and it would have gigabytes.
# shellcheck disable=SC2086
while kill -0 $jobs 2>/dev/null; do
	: >"$T/usage.log"
	sleep 1
done
bad=0
for job in $jobs; do
	wait "$job" || bad=1
done
say "$NAME: $TENANTS tenants, $PROMPTS prompts:" "$(cat "$T"/tenants.*.log |
	awk '{ for (k = 1; k < NF; k += 2) n[$k] += $(k + 1) }
	END { print n["lookups"], "lookups,", n["hits"], "hits,", n["misses"],
		"misses,", n["foreign"], "foreign;",
		n["seconds"] / '"$JOBS"', "s" }')"
[ $bad = 0 ] || fail "see the logs"
