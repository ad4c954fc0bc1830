#!/bin/sh
# Precision and recall of the code and math detectors on data that they have
# not learned from (README.md says which). From a build directory, with a
# directory to keep the data in; some gigabytes are fetched the first time:
#     make bench/detect/detect && sh ../../bench/detect/run.sh DIRECTORY
# With --learn instead of options of `detect` new weights are written to
# DIRECTORY/detect_weights.c (needs numpy and scikit-learn).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
detect=${DETECT:-$PWD/bench/detect/detect}
data=${1:?usage: run.sh DIRECTORY [--learn | --json | --wrong]}
shift
sh "$here/fetch.sh" "$data" >&2
python3 "$here/data.py" "$data" "$data"
if [ "${1-}" = --learn ]; then
	"$detect" --looks "$data/train.jsonl" >"$data/looks"
	exec python3 "$here/train.py" "$here/words.txt" "$data/looks" \
		>"$data/detect_weights.c"
fi
exec "$detect" "$@" "$data/test.jsonl"
