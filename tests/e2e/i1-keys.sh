#!/bin/sh
# Keys of larder's own: added, listed, revoked while it runs.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
echo sk-provider-canary >"$T/provider.key"
chmod 600 "$T/provider.key"
own "$T/provider.key"
conf_write "s|^provider = openai|&\nkey_file = $T/provider.key|"
door_start nginx

new_key() { larder key add "$1"; }
upstream_saw() { curl -s "$FAKE_URL/fake/last" | jq -r '.headers.authorization'; }
answer_is() { chat "$2" && [ "$CODE" = "$1" ]; }

# No key, a made-up one, a provider's key of his own: all refused.
count=$(fake_count)
for WHO in sk-alice lk_0123456789abcdef_made_up; do
	chat hello
	code 401
	refused_as openai
done
is "$count" "$(fake_count)" "requests that reached the upstream"

key_a=$(new_key team-a)
key_b=$(new_key team-b)
like 'lk_?*' "$key_a" "the new key"
isnt "$key_a" "$key_b" "the second key"
! grep -qF "$key_a" "$T/clients" || fail "the file holds the key itself"

WHO=$key_a
until_true 5 answer_is 200 hello || fail "the new key is not known"
is 'Bearer sk-provider-canary' "$(upstream_saw)" "what the upstream saw"
chat hello
hit

# Another team does not share; x-api-key is as good.
WHO=$key_b
chat hello
missed
WHO=
chat hello '' -H "x-api-key: $key_b"
hit

larder key list >"$T/list"
grep -q team-a "$T/list" && grep -q team-b "$T/list" || fail "list"
! grep -qF -e "$key_a" -e "$key_b" "$T/list" || fail "the list shows keys"

larder key revoke team-a
WHO=$key_a
until_true 5 answer_is 401 hello || fail "the revoked key still counts"
WHO=$key_b
chat hello
hit
status=0
larder key revoke nobody 2>"$T/out" || status=$?
is 1 $status "revoking an unknown key"
is 1 "$(wc -l <"$T/out")" "lines about it"
