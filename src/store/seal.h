/*
 * What a shared memcached gets to see: values encrypted and authenticated
 * with XChaCha20-Poly1305 (libsodium), names that are keyed hashes. A
 * neighbour can neither read nor forge them, nor give one for another: the
 * key, the owner, the part and the length are authenticated with each.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include "base/buf.h"
#include "base/hash.h"

struct seal { /* derived from the site's secret */
	struct key value;
	struct hash_secret name;
};

void seal_init(struct seal *s, const struct key *site);

/* What a value is bound to. */
struct seal_what {
	const char *purpose; /* "entry", "part", "lease", "gens" */
	struct key key;
	struct key owner;    /* the tenant; all zeros where nobody owns it */
	uint64_t part;       /* 0 the manifest or a whole value, then 1.. */
	uint64_t of;         /* bytes of the whole */
};

/* Printable, below 60 bytes, NUL-terminated: a keyed hash of purpose, key,
 * owner and part (not of `of`, which a reader does not know). */
#define SEAL_NAME_SIZE 64
void seal_name(const struct seal *s, const struct seal_what *w,
	       char name_r[SEAL_NAME_SIZE]);

/* Appends the sealed form: a version, a random nonce, the length `of`, the
 * text: SEAL_EXTRA bytes longer than that. */
#define SEAL_EXTRA 49
void seal_close(const struct seal *s, const struct seal_what *w,
		struct str text, struct buf *out);

/* 0 with *text_r in a and w->of (below 4 GB) filled from the value; -1 when
 * it is not one, of another secret, or sealed as something else. */
int seal_open(const struct seal *s, struct seal_what *w, struct arena *a,
	      struct str sealed, struct str *text_r);

#endif
