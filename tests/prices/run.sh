#!/bin/sh
# Every usage that pydantic/genai-prices keeps, priced by larder and compared:
# see README. Build tests/prices/usages first (make check TESTS=).
#
#     USAGES=build/dev/tests/prices/usages tests/prices/run.sh
#
# The data (MIT licence) is fetched once, by commit, into
# ${XDG_CACHE_HOME:-~/.cache}/larder-prices; DATA names another directory, where
# it may lie already. Nothing is used whose checksum is not the one below. With
# LITELLM=python, one that has the package litellm, its own calculation is
# compared as well. Takes seconds.
set -eu
: "${USAGES:=tests/prices/usages}"
here=$(dirname "$0")
data=${DATA:-${XDG_CACHE_HOME:-$HOME/.cache}/larder-prices}
hub=https://raw.githubusercontent.com/pydantic/genai-prices
hub=$hub/47df840a5ab10bbcffb8e5ac01b9899032245d1b

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$data"

fetch() { # name, path, sha256
	[ -f "$data/$1" ] || {
		curl -fsSL --retry 2 -o "$work/new" "$hub/$2"
		mv "$work/new" "$data/$1"
	}
	echo "$3  $data/$1" | sha256sum -c --quiet || {
		echo "run.sh: $data/$1 is not the file it should be" >&2
		exit 1
	}
}

fetch data.json prices/new_data/v2/data.json \
	e0364c430e72dac6e747f15093a853bb73f20becac9e54f1f1e6ca33d72dda4d
fetch usages.json tests/dataset/usages.json \
	3ee2be34ecee42c4f34590299d3ab97be0ddf492531ff6e09f7796f579ef3ffd

python3 "$here/usages.py" "$data/data.json" "$data/usages.json" "$work"
"$USAGES" "$work/table.json" "$work/usages.jsonl"

[ -z "${LITELLM:-}" ] || {
	"$LITELLM" "$here/litellm_usages.py" "$work"
	"$USAGES" "$work/table.json" "$work/usages.jsonl"
}
