#!/bin/sh
# The manual pages, the example and the README say what the program does.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

# Commands: --help and larder(1) name the same ones.
"$LARDER" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort >"$T/help"
sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/s/^\.B \([a-z][a-z]*\).*/\1/p' \
	"$srcdir/docs/larder.1" | grep -v -e '^and$' -e '^workers$' \
	-e '^threads$' -e '^grace$' | sort -u >"$T/manual"
diff "$T/help" "$T/manual" >&2
for c in $(cat "$T/help"); do
	"$LARDER" "$c" --help 2>/dev/null | grep -q "usage: larder $c" ||
		{ say "larder $c --help has no usage"; exit 1; }
done

# Options: larder.conf(5) has a paragraph for each name of the example.
"$LARDER" config --example >"$T/example.conf"
page=$builddir/docs/larder.conf.5
[ -f "$page" ] || broken "no $page"
n=0
for name in $(sed -n 's/^;\{0,1\}\([a-z_]*\) = *.*/\1/p' "$T/example.conf" |
	sort -u); do
	grep -q "^\\\\fB$name\\\\fR" "$page" ||
		{ say "larder.conf(5) does not know $name"; exit 1; }
	n=$((n + 1))
done
[ $n -gt 30 ] || { say "the example has only $n names"; exit 1; }
! grep -q '@DOC@' "$page"

# The log: larder.log(5) has the members that src/serve writes, and no others.
cat "$srcdir"/src/serve/*.c | tr '\n\t' '  ' |
	grep -oE 'line_[a-z]+\([a-z&]+, *"[a-z0-9_.]+"' >"$T/calls"
grep -ohE '[{,]\\"[a-z0-9_.]+\\":' "$srcdir"/src/serve/line.c \
	"$srcdir"/src/serve/ledger.c "$srcdir"/src/serve/step_log.c >>"$T/calls"
grep -oE '"saved_[a-z_]+_usd"' "$srcdir"/src/serve/bill.c >>"$T/calls"
sed -e 's/.*[( ]"//' -e 's/[^a-z0-9_.]//g' "$T/calls" | sort -u >"$T/written"
sed -n 's/^\\fB\([a-z0-9_.]*\)\\fR (.*/\1/p' "$srcdir/docs/larder.log.5" |
	sort -u >"$T/described"
[ "$(wc -l <"$T/written")" -gt 50 ] || { say "no members"; exit 1; }
diff "$T/written" "$T/described" >&2
if command -v man >/dev/null 2>&1; then
	for p in "$page" "$srcdir/docs/larder.1" "$srcdir/docs/larder.log.5"; do
		LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$p" \
			2>"$T/man.log" >/dev/null
		[ ! -s "$T/man.log" ] || { cat "$T/man.log" >&2; exit 1; }
	done
fi

# What README and the example show is accepted.
places='s|^;\(listen\|secret_file\|path\|file\) =.*|\1 = '$T'/\1|'
sed -n '/^```ini/,/^```/p' "$srcdir/README.md" | sed '/^```/d' >"$T/readme.conf"
sed -e "$places" "$T/example.conf" >"$T/all.conf"
# One path in each of [cache] and [log].
awk '/^\[/ { s = $1 } /^path = / { sub("$", substr(s, 2, 3)) } { print }' \
	"$T/all.conf" >"$T/both.conf"
cat "$T/readme.conf" >>"$T/both.conf"
"$LARDER" config --check --config "$T/both.conf" >&2
