# Writes the texts of bench/tokens/run.sh: texts.py SOURCE PACKAGES TO.
#
# Of this repository: its documents, its programs and what JSON is in it. Of
# the npm package typescript (Apache-2.0): the compiler's messages in Korean
# and Chinese, some 1,800 sentences each. And all of it in turns, with emoji.
import json
import pathlib
import sys

source, packages, to = map(pathlib.Path, sys.argv[1:])
SIZE = 400_000  # bytes at most

EMOJI = ('😀', '👍🏽', '🎉', '❤️', '👨‍👩‍👧', '🇰🇷', '🔥', '✅', '🙏', '🚀')


def joined(*patterns):
    return ''.join(p.read_text('utf-8') for pattern in patterns
                   for p in sorted(source.glob(pattern)))


def messages(language):
    path = packages / 'typescript/lib' / language
    path /= 'diagnosticMessages.generated.json'
    return '\n'.join(json.loads(path.read_text('utf-8')).values())


def cut(text):
    return text.encode()[:SIZE].decode('utf-8', 'ignore')


def turns(texts):
    """A few lines of each in turn, and an emoji or three after each."""
    lines = [text.splitlines() for text in texts]
    out, n = [], 0
    for i in range(0, max(map(len, lines)), 5):
        for own in lines:
            at = i % len(own)
            out += own[at:at + 5]
            out.append(''.join(EMOJI[(n + k) % len(EMOJI)]
                               for k in range(1 + n % 3)))
            n += 1
    return '\n'.join(out)


english = joined('README.md', 'HACKING.md', 'docs/*.md')
code = joined('src/base/*.c', 'src/dialect/*.c', 'src/serve/*.c')
data = joined('data/prices.json', 'tests/sdk/*.json',
              'tests/fixtures/replay/*.json', 'tests/fixtures/replay/*.sse')
korean, chinese = messages('ko'), messages('zh-cn')
texts = {
    'English': english, 'code': code, 'JSON': data, 'Korean': korean,
    'Chinese': chinese, 'mixed': turns([english, korean, code, chinese]),
}
for name, text in texts.items():
    (to / name).write_text(cut(text), 'utf-8')
