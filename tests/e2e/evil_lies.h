/* What a memcached could answer, and should not. */
#ifndef EVIL_LIES_H
#define EVIL_LIES_H

#include <stdint.h>

#include "evil_io.h"

#define NAME_MAX_BYTES 250

enum verb { GET = 1, SET = 2, ADD = 4, DROP = 8 };
#define STORE (SET | ADD)
#define ANY (GET | STORE | DROP)

struct talk {
	struct in client, server;
	uint64_t random;
	const struct lie *lie; /* NULL: the truth */
	enum verb verb;
	char name[NAME_MAX_BYTES + 1];
	unsigned long life;
	struct bytes value; /* what is to be stored, or was found */
	bool found;
	struct bytes reply; /* the truth, or what a lie makes of it */
	struct bytes last;  /* the truth of the exchange before */
};

struct lie {
	const char *name;
	bool noisy;
	unsigned verbs;
	/* On the request before, or on the reply after the server has seen
	 * it. false: close the connection. */
	bool (*before)(struct talk *t);
	bool (*after)(struct talk *t);
};

/* A lie for this exchange in `rate` of 1000, or NULL. wanted: "quiet",
 * "noisy", "all", or names with commas between them. */
const struct lie *lies_choose(struct talk *t, uint64_t rate,
			      const char *wanted);

/* Something is stored: later given for something else, perhaps. */
void lies_remember(const struct talk *t);

/* How often each was told; the sum. */
unsigned long lies_print(void);

#endif
