#!/usr/bin/env python3
"""Learns what thrift/detect.c weighs, and writes src/thrift/detect_weights.c.

    bench/detect/detect --looks TRAIN.jsonl > LOOKS
    train.py WORDS LOOKS > detect_weights.c

WORDS has a word a line, tab, what it is to its neighbours, tab, and for a
word of another language the English one whose weights it shares. Without
LOOKS all weights are 0; that is how a changed list of words begins. Logistic
regression; a text scores above 0 when code (math) is clearly likelier than not.
Needs numpy and scikit-learn.
"""
import re
import sys

SCALE = 64
MARGIN = .5  # said only when this much surer; by cross-validation over sets
HEAD = '''/*
 * Made by bench/detect/train.py from bench/detect/words.txt and labelled
 * texts; bench/detect/README.md says which and how good it is. A weight is a
 * log-odds in 64ths.
 */
#include "thrift/detect_look.h"
'''


def words_read(path):
    rows = [line.rstrip('\n').split('\t') for line in open(path)]
    return sorted(rows, key=lambda row: row[0].encode())


def sights_read():
    text = open(sys.path[0] + '/../../src/thrift/detect_look.h').read()
    return re.findall(r'X\((\w+)\)', text.split('enum detect_sight')[0]
                      .split('DETECT_SIGHTS(X)')[1])


def looks_read(path):
    """(set, code, math, {sight: (level, share)}, words, worth) a text."""
    for line in open(path):
        name, code, math, sights, words, worth = line.rstrip('\n').split('\t')
        seen = {}
        for item in sights.split():
            sight, values = item.split('=')
            seen[sight] = tuple(map(int, values.split(',')))
        yield name, int(code), int(math), seen, words.split(), int(worth)


def learn(looks, which, sights, words, like):
    import numpy
    from sklearn.linear_model import LogisticRegression
    rows = [row for row in looks if row[which] >= 0]
    place = {w: 2 * len(sights) + i for i, w in enumerate(words)}
    x = numpy.zeros((len(rows), 2 * len(sights) + len(words)), 'float32')
    y = numpy.array([row[which] for row in rows])
    for i, (_, _, _, seen, said, worth) in enumerate(rows):
        for k, sight in enumerate(sights):
            x[i, 2 * k:2 * k + 2] = seen.get(sight, (0, 0))
        for word in said:
            x[i, place[like.get(word) or word]] = worth / 16
    # Every set counts by the root of its size, every class by as much.
    size = {}
    for row in rows:
        size[row[0], row[which]] = size.get((row[0], row[which]), 0) + 1
    weight = numpy.array([size[row[0], row[which]] ** -.5 for row in rows])
    for is_it in 0, 1:
        weight[y == is_it] *= len(rows) / 2 / weight[y == is_it].sum()
    model = LogisticRegression(C=.5, max_iter=400, solver='lbfgs')
    model.fit(x, y, weight)
    w = numpy.rint(model.coef_[0] * SCALE).astype(int)
    print(which, 'of', len(rows), 'right', model.score(x, y),
          file=sys.stderr)
    return (round((model.intercept_[0] - MARGIN) * SCALE),
            {s: (w[2 * k], w[2 * k + 1]) for k, s in enumerate(sights)},
            {word: w[i] for word, i in place.items()})


def main():
    rows = words_read(sys.argv[1])
    sights = sights_read()
    like = {row[0]: row[2] for row in rows}
    words = [row[0] for row in rows if not row[2]]
    none = (0, {}, {})
    code = math = none
    if len(sys.argv) > 2:
        looks = list(looks_read(sys.argv[2]))
        code = learn(looks, 1, sights, words, like)
        math = learn(looks, 2, sights, words, like)
    print(HEAD)
    print('const struct detect_word detect_words[] = {')
    for word, kind, other in rows:
        bits = ' | '.join('KIND_' + k for k in kind.split('|') if k != '-')
        print('\t{ "%s", %s, %d, %d },' % (
            word, bits or '0', code[2].get(other or word, 0),
            math[2].get(other or word, 0)))
    print('};\n\nconst int detect_words_n = %d;' % len(rows))
    firsts = [row[0].encode()[0] for row in rows]
    print('\nconst uint16_t detect_words_from[257] = {')
    for at in range(0, 257, 12):
        print('\t%s,' % ', '.join(str(sum(f < b for f in firsts)) for b in
                                  range(at, min(at + 12, 257))))
    print('};')
    for name, (bias, by_sight, _) in ('code', code), ('math', math):
        print('\nconst int detect_%s_bias = %d;\n' % (name, bias))
        print('const struct detect_weight detect_%s_weights[] = {' % name)
        for sight in sights:
            print('\t[SIGHT_%s] = { %d, %d },' % (
                (sight,) + by_sight.get(sight, (0, 0))))
        print('};')


main()
