#!/bin/sh
# Neither credentials nor prompts are found where they do not belong.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
provider=sk-provider-canary-5d1f own_key=sk-own-canary-8a2c prompt=prompt-canary-77e0
echo $provider >"$T/provider.key"
chmod 600 "$T/provider.key"
own "$T/provider.key"
conf_write "s|^provider = openai|&\nkey_file = $T/provider.key|"
door_start nginx
client=$(larder key add canary)
secret=${client#lk_}
[ ${#secret} -ge 16 ] || broken "a short key: $client"

# Everything that could say too much: misses, hits, streams, refusals,
# upstream errors that repeat the prompt, broken replies, no upstream at all.
provoke() {
	for say in '' ' [[status 500]]' ' [[status 401]]' ' [[cut 2]]' \
		' [[badjson]]' ' [[errorevent 1]]'; do
		for stream in '' ',"stream":true'; do
			WHO=$client
			chat "$prompt$say" "$stream"
			chat "$prompt$say" "$stream"
			WHO=$own_key
			messages "$prompt$say" "$stream"
		done
	done
	WHO=$client
	post /v1/chat/completions '{"'$prompt'":1,"'$prompt'":2}'
	post "/v1/$prompt" "$prompt"
	post "/v1/chat/completions?$prompt" "$prompt"
	WHO=${client}x
	chat "$prompt"
}
provoke
for p in $(pid_of larder) $(children_of "$(pid_of larder)"); do
	for f in cmdline comm environ; do
		# Only root may read the environment of a guarded process.
		cat "/proc/$p/$f" 2>/dev/null || :
	done
done >"$T/processes"
larder report "$T/usage.log" >"$T/report" 2>&1
larder key list >"$T/list" 2>&1
stop fake
provoke
kill -HUP "$(pid_of larder)"
stop larder

[ -s "$T/usage.log" ] || fail "no usage log"
[ -s "$T/cache.slab" ] || fail "no cache file"

# absent WORD FILE...
absent() {
	word=$1
	shift
	for f; do
		! grep -qaF -e "$word" "$f" || fail "${f##*/} holds $word"
	done
}
for word in $provider $own_key "$secret"; do
	absent "$word" "$T/usage.log" "$T/larder.log" "$T/server.log" \
		"$T/cache.slab" "$T/clients" "$T/processes" "$T/report" \
		"$T/list"
done
absent $prompt "$T/usage.log" "$T/larder.log" "$T/processes" "$T/report"
for f in secret clients cache.slab; do
	is 600 "$(stat -c %a "$T/$f")" "mode of $f"
done
