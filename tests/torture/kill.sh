#!/bin/sh
# Random workers and CGI processes are killed every 2 to 20 ms under load; each
# answer tells whose it is. None may be wrong and nothing may hang.
#     KILLS=N; LARDER_TORTURE=short for `make check`
# A request whose own process was killed is lost, of course: the web server
# says 502 or 500, or cuts the answer short. Those are counted apart.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

case ${LARDER_TORTURE:-full} in
short) : "${KILLS:=300}" "${CALM:=2}" ;;
*) : "${KILLS:=10000}" "${CALM:=10}" ;;
esac
: "${WORKERS:=6}"
: "${HANG:=20}"

# Workers that are back at once: the master's patience is not what is tested.
# They share a listening socket as descriptor 0, as under mod_fcgid.
respawn_start() {
	need spawn-fcgi
	cat >"$T/bin/respawn" <<-END
	#!/bin/sh
	exec 9<&0
	i=0
	while [ \$i -lt $WORKERS ]; do
		i=\$((i + 1))
		while :; do "$LARDER" <&9 9<&-; done &
	done
	wait
	END
	chmod 755 "$T/bin/respawn"
	start larder env LARDER_CONF="$T/larder.conf" \
		"$(find_program spawn-fcgi)" -n -s "$T/larder.sock" -M 0660 \
		-- "$T/bin/respawn"
	socket_wait
}
doors="$doors
respawn nginx respawn_start nginx_start
"

# load NAME OPTION...: through both doors; its figures are in $T/NAME.
load() {
	load_name=$1
	shift
	storm load -P "$CGI_PORT" -c 12 -l $HANG "$@"
	cp "$T/storm" "$T/$load_name"
}
hit_percent() {
	jq '.cache.hit * 1000 / ([.cache[]] | add) | floor / 10' "$T/$1"
}

fake_start
conf_write 's/^threads = .*/threads = 8\nreserve = 0/; s/^size = .*/size = 64M/'
# lighttpd waits six minutes for the rest of what a killed process began.
LIGHTTPD_MORE='server.max-write-idle = 5'
door_start lighttpd-cgi
CGI_PORT=$PORT
mv "$T/pids/server" "$T/pids/cgi"
door_start respawn

load warm -s "$CALM"
load calm -s "$CALM"
load killed -K "$(pid_of cgi)" -K "$(pid_of larder)" -x "$KILLS"
load after -s "$CALM"

for phase in calm killed after; do
	cp "$T/$phase" "$T/storm"
	say "$NAME: $phase: $(figure .requests) requests," \
		"$(figure .kills) kills, right $(figure .ends.right)," \
		"wrong $(figure .ends.wrong), hung $(figure .ends.hung)," \
		"lost $(figure '.requests - (.status["200"] // 0)')," \
		"cut $(figure .ends.cut); hits $(hit_percent $phase)%," \
		"of them 99.9% in $(figure .hit_ms.p999) ms, all in" \
		"$(figure .hit_ms.max) ms; all answers in $(figure .ms.max) ms"
	is 0 "$(figure '(.ends.wrong // 0) + (.ends.hung // 0)')" \
		"$phase: wrong or hung"
	[ "$(figure .ends.right)" -gt 0 ] || fail "$phase: no right answers"
	figure '.status | keys - ["200", "500", "502", "503"] == []' |
		grep -qx true || fail "$phase: replies of other kinds"
done
say "$NAME: $(stat recoveries) locks whose holder died," \
	"$(stat flights_orphaned) leaders that died, $(stat damaged) damages," \
	"$(stat lock_timeouts) waits for a lock given up"
is 0 "$(stat damaged)" "damages"
cp "$T/after" "$T/storm"
is "$(figure .requests)" "$(figure '.status["200"]')" "after the storm: answers"
jq -en --argjson b "$(hit_percent calm)" --argjson a "$(hit_percent after)" \
	'$a >= $b * 0.95' >/dev/null || fail "hits did not come back"
