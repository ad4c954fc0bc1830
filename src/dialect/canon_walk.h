/* The canonical form of any JSON, for canon.c and what makes one of bodies. */
#ifndef DIALECT_CANON_WALK_H
#define DIALECT_CANON_WALK_H

#include "dialect/canon.h"

struct canon_member {
	const char *name;      /* decoded, n bytes */
	uint32_t n, value;
	const struct json *of; /* another document than the body, or NULL */
};

static inline struct str canon_name(const struct canon_member *m)
{
	return (struct str){ m->name, m->n };
}

struct canon {
	struct hash *h;
	struct arena *a;
	const struct json *doc;
	const struct canon_ask *ask;
	struct canon_member *member; /* of objects being walked, a stack */
	size_t n, cap;
	char piece[512]; /* of a decoded string */
};

static inline void canon_tag(struct canon *c, char tag)
{
	hash_byte(c->h, tag);
}

/* A string of these decoded bytes. */
static inline void canon_bytes(struct canon *c, struct str s)
{
	canon_tag(c, '"');
	hash_add(c->h, s.p, s.n);
	canon_tag(c, '\xff');
}

void canon_value(struct canon *c, uint32_t v);
void canon_member(struct canon *c, const struct canon_member *m);

/* An array, its items added by `add`; anything else as it is. */
void canon_items(struct canon *c, uint32_t v,
		 void (*add)(struct canon *c, uint32_t v));

/* An object, its members added by `add`; those of the whole document as they
 * are once it is edited. */
void canon_members(struct canon *c, uint32_t v,
		   void (*add)(struct canon *c,
			       const struct canon_member *m));

#endif
