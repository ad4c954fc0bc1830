#!/bin/sh
# Fetches the public data of sources.txt into a directory, each repository at
# the commit named there (a commit's name is the checksum of all it holds):
#     fetch.sh DIRECTORY [OWNER/NAME...]
# Some of it is for research only; none of it is part of larder.
set -eu
if [ $# -lt 1 ]; then
	echo "usage: fetch.sh DIRECTORY [OWNER/NAME...]" >&2
	exit 2
fi
list=$(dirname "$0")/sources.txt
to=$1
shift
mkdir -p "$to"
while read -r name commit; do
	case " $* " in
	"  " | *" $name "*) ;;
	*) continue ;;
	esac
	dir=$to/$(echo "$name" | tr / +)
	[ -d "$dir" ] || git init -q --bare "$dir"
	git -C "$dir" cat-file -e "$commit^{commit}" 2>/dev/null ||
		git -C "$dir" fetch -q --depth 1 \
			"https://github.com/$name" "$commit"
	git -C "$dir" update-ref refs/heads/taken "$commit"
	echo "$name"
done <"$list"
