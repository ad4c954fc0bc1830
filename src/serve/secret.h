/* The site's secret: 32 random bytes that every keyed hash comes from. */
#ifndef SERVE_SECRET_H
#define SERVE_SECRET_H

#include "base/hash.h"

/* One key a purpose, so that no hash can stand in for another. */
struct secrets {
	struct hash_secret cache;  /* canonical cache keys */
	struct hash_secret memo;   /* hashes of raw requests, */
	struct key body;           /* and short ones of long texts */
	struct hash_secret tenant; /* credentials */
	struct key tier;           /* what memcached gets to see */
};

/*
 * Reads the secret, or makes it (with its directories) when there is none.
 * Processes that start together agree on one. 0, or -1 with a line in err_r.
 */
int secrets_load(struct secrets *s, const char *path, char *err_r,
		 size_t err_n);

#endif
