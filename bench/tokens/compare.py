# Tokens per second of larder and of tiktoken, side by side on one core:
#     compare.py PROGRAM TABLES TEXT...
# All count a text in turns, some megabytes of it a turn, and the median of the
# ratios is taken; CPU time of the thread that counts. Counts must be the same.
#
# "list" is what programs call, len(encode_ordinary(text)), with the list that
# Python makes of the tokens; "buffer" is tiktoken's quickest way, which leaves
# them as they are (the call behind encode_to_numpy()).
import pathlib
import statistics
import subprocess
import sys
import time

import tiktoken

ROUNDS = 9
TURN = 2_000_000  # bytes
program, tables, *paths = sys.argv[1:]


def timed(call, text, times):
    start = time.thread_time_ns()
    for _ in range(times):
        tokens = call(text)
    return tokens, time.thread_time_ns() - start


def ways(encoding):
    buffer = encoding._core_bpe.encode_to_tiktoken_buffer
    return (lambda text: len(encoding.encode_ordinary(text)),
            lambda text: memoryview(buffer(text, set())).nbytes // 4)


class Larder:
    def __init__(self, name):
        self.child = subprocess.Popen(
            [program, f'{tables}/{name}.tok', *paths], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def count(self, number, times):
        self.child.stdin.write(f'{number} {times}\n')
        return map(int, self.child.stdout.readline().split())

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def rounds(larder, calls, number, text, times):
    """Nanoseconds of each, the first of them to warm up."""
    rows = []
    for _ in range(ROUNDS + 1):
        tokens, ns = larder.count(number, times)
        row = [ns]
        for call in calls:
            theirs, ns = timed(call, text, times)
            if theirs != tokens:
                sys.exit(f'{paths[number]}: {tokens} tokens, not {theirs}')
            row.append(ns)
        rows.append(row)
    return rows[1:]


def main():
    ratios = []
    print(f'{"MB/s, and larder : tiktoken":28} {"larder":>7} {"list":>7}'
          f' {"buffer":>7} {": list":>7} {": buffer":>9}')
    for name in ('o200k_base', 'cl100k_base'):
        larder = Larder(name)
        calls = ways(tiktoken.get_encoding(name))
        for number, path in enumerate(paths):
            text = pathlib.Path(path).read_text('utf-8')
            size = len(text.encode())
            times = -(-TURN // size)
            rows = rounds(larder, calls, number, text, times)
            rates = [size * times * 1e3 / statistics.median(column)
                     for column in zip(*rows)]
            ratio = [statistics.median(row[k] / row[0] for row in rows)
                     for k in (1, 2)]
            ratios.append(ratio)
            title = f'{name} {pathlib.Path(path).name}'
            print(f'{title:28} {rates[0]:7.1f} {rates[1]:7.1f}'
                  f' {rates[2]:7.1f} {ratio[0]:7.2f} {ratio[1]:9.2f}')
        larder.close()
    overall = [statistics.geometric_mean(column) for column in zip(*ratios)]
    least = [min(column) for column in zip(*ratios)]
    for title, row in (('geometric mean', overall), ('least', least)):
        print(f'{title:28} {"":23} {row[0]:7.2f} {row[1]:9.2f}')


main()
