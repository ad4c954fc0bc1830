/*
 * A short form for stored streams. Hundreds of events differ in a token, a
 * counter and some padding; what an event has in common with what came
 * before is told as "so many bytes from so far back". Lossless for any
 * bytes, but for a single JSON document it is not worth its time.
 */
#ifndef DIALECT_COMPACT_H
#define DIALECT_COMPACT_H

#include "base/buf.h"

/* Appends the compact form of bytes, the same one every time, in linear
 * time and with 32 KB of scratch from out's arena. What has no repetitions
 * becomes a few bytes longer, never more than 16 + n/8192. */
void compact_make(struct buf *out, struct str bytes);

/* What the form was made from, with a NUL behind it, in a piece of memory
 * of exactly its size. 0, or -1 when it is no such form or stands for more
 * than max bytes. The form may be hostile: it can be wrong bytes, but it
 * takes neither time nor memory beyond its own size and max. */
int compact_open(struct arena *a, struct str form, size_t max,
		 struct str *bytes_r);

#endif
