# A thousand questions, each new, over a few kept connections: what came of
# them and how long they took. Source it after lib.sh.
# shellcheck shell=sh

# many N CONNECTIONS MODEL TEXT: leaves "STATUS SECONDS MODEL DEGRADED" lines in
# $T/many and the milliseconds it all took in MANY_MS.
many() {
	awk -v n="$1" -v url="$BASE/v1/chat/completions" -v who="$WHO" \
		-v model="$3" -v text="$4" 'BEGIN {
		for (i = 1; i <= n; i++) {
			if (i > 1) print "next"
			print "url = \"" url "\""
			print "silent\nmax-time = 30\noutput = \"/dev/null\""
			print "header = \"Authorization: Bearer " who "\""
			print "header = \"Content-Type: application/json\""
			print "data = \"{\\\"model\\\":\\\"" model "\\\",\\\"messages\\\":[{\\\"role\\\":\\\"user\\\",\\\"content\\\":\\\"" text " " i "\\\"}]}\""
			print "write-out = \"%{http_code} %{time_total} %header{x-larder-model} %header{x-larder-degraded}\\n\""
		}
	}' >"$T/many.conf"
	many_at=$(now_ms)
	# shellcheck disable=SC2046
	curl -K "$T/many.conf" $([ "$2" = 1 ] || echo -Z --parallel-max "$2") \
		>"$T/many" 2>"$T/many.log" || :
	MANY_MS=$(($(now_ms) - many_at))
}

# many_are N STATUS: all of them, none lost.
many_are() {
	is "$1" "$(grep -c "^$2 " "$T/many")" \
		"with $2 of: $(cut -d' ' -f1 "$T/many" | sort | uniq -c | tr '\n' ' ')"
}

# The median, in microseconds.
many_p50() {
	cut -d' ' -f2 "$T/many" | sort -n |
		awk '{ t[NR] = $1 } END { printf "%d\n", t[int((NR + 1) / 2)] * 1e6 }'
}
