#include "cmd/report_once.h"

#include <stdlib.h>

#define ROOM (REPORT_ONCE_MOST / 3 * 4) /* a power of two */

/* A word is 40 bits of the process, 4 of the number, 20 of the checksum. */
#define NUMBER_AT 20
#define PROCESS_AT 24

struct report_once {
	uint64_t *slot; /* ROOM; 0: empty. Pages that nobody touched are none */
	size_t n;
};

struct report_once *report_once_new(void)
{
	struct report_once *o = calloc(1, sizeof(*o));

	if (!o || !(o->slot = calloc(ROOM, sizeof(*o->slot))))
		abort();
	return o;
}

void report_once_free(struct report_once **o)
{
	if (!*o)
		return;
	free((*o)->slot);
	free(*o);
	*o = NULL;
}

/* Of other bits than those in the word. */
static size_t home_of(uint64_t run)
{
	return run & (ROOM - 1);
}

static uint64_t word_of(uint64_t run, int64_t seq, uint64_t sum)
{
	uint64_t mark = sum & ((1 << NUMBER_AT) - 1);

	return run >> PROCESS_AT << PROCESS_AT |
	       (uint64_t)seq << NUMBER_AT | mark;
}

enum report_once_is report_once_look(const struct report_once *o,
				     uint64_t run, int64_t seq, uint64_t sum)
{
	bool fits = seq >= 1 && seq <= REPORT_ONCE_NUMBERS;
	uint64_t word = word_of(run, fits ? seq : 0, sum), had;
	size_t at = home_of(run);

	for (; (had = o->slot[at]); at = (at + 1) & (ROOM - 1)) {
		if (had >> PROCESS_AT != word >> PROCESS_AT)
			continue;
		if (had >> NUMBER_AT != word >> NUMBER_AT)
			return REPORT_ONCE_ELSE;
		return had == word ? REPORT_ONCE_SAME : REPORT_ONCE_UNLIKE;
	}
	return REPORT_ONCE_NONE;
}

/* When it is full, what has the place goes, so that no place becomes empty
 * and all others are still found; and none is filled, so that some are left
 * where a search ends. */
bool report_once_put(struct report_once *o, uint64_t run, int64_t seq,
		     uint64_t sum)
{
	bool full = o->n == REPORT_ONCE_MOST;
	size_t at = home_of(run);

	while (!full && o->slot[at])
		at = (at + 1) & (ROOM - 1);
	if (!full || o->slot[at])
		o->slot[at] = word_of(run, seq, sum);
	o->n += !full;
	return !full;
}
