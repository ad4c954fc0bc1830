#!/usr/bin/env python3
"""Lines of a usage log, with the checksum that larder ends them in: what is on
standard input, one JSON object a line without a crc. Pieces of lines pass as
they are."""
import sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
    TABLE.append(i)


def crc32c(text):
    c = 0xffffffff
    for byte in text:
        c = TABLE[(c ^ byte) & 255] ^ c >> 8
    return c ^ 0xffffffff


for line in sys.stdin.buffer:
    line = line.rstrip(b"\n")
    if line.endswith(b"}"):
        line = line[:-1]
        line += b',"crc":"%08x"}' % crc32c(line)
    sys.stdout.buffer.write(line + b"\n")
