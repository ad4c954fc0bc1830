#!/bin/sh
# Cost against quality of the built-in routing on RouteLLM's labelled results
# (lm-sys/RouteLLM, Apache-2.0: for each question of MMLU and GSM8K, whether
# gpt-4-1106-preview and Mixtral-8x7B-Instruct answered it rightly). From a
# build directory, with a directory to keep the data in:
#     make bench/route/route && sh ../../bench/route/run.sh DIRECTORY [--json]
set -eu
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
route=${ROUTE:-$PWD/bench/route/route}
mkdir -p "${1:?usage: run.sh DIRECTORY [--json]}"
data=$(cd "$1" && pwd)
shift
sh "$srcdir/bench/detect/fetch.sh" "$data" lm-sys/RouteLLM >&2
cd "$data"
git -C lm-sys+RouteLLM archive taken routellm/evals/mmlu \
	routellm/evals/gsm8k | tar x
cd routellm/evals
exec "$route" "$@" "$srcdir/data/cl100k_base.tok" \
	MMLU mmlu/contaminated_prompts.jsonl mmlu/responses/*.csv -- \
	GSM8K gsm8k/contaminated_prompts.jsonl gsm8k/gsm8k_responses.csv
