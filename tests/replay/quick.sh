#!/bin/sh
# Our own recordings through larder, for `make check`. What is odd about them
# is known: each line of odd.txt is there because a recording was written so.
replay=${builddir:-.}/tests/replay/replay
dir=${srcdir:-.}/tests/fixtures/replay
[ -x "$replay" ] || exit 77
out=$("$replay" --quick "$dir")
status=$?
echo "$out"
[ $status = 0 ] || exit 1
echo "$out" | sed -n "s,^odd *$dir/,,p" | diff "$dir/odd.txt" - || {
	echo "what is odd is not what tests/fixtures/replay/odd.txt has"
	exit 1
}
