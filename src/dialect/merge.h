/*
 * JSON values that grow by deltas, as streams of chat chunks have them.
 * Strings are kept as they stand between their quotes, so that two halves
 * of an escaped surrogate pair meet again; numbers are never computed with.
 *
 * Time is linear in what is merged, whatever its members are called.
 */
#ifndef DIALECT_MERGE_H
#define DIALECT_MERGE_H

#include "base/buf.h"
#include "base/json.h"

enum merge_kind {
	MERGE_NONE,   /* nothing came yet; is not written */
	MERGE_NULL,   /* null, which never overwrites anything */
	MERGE_RAW,    /* a value as it stands in the text */
	MERGE_STRING, /* text holds what is between the quotes */
	MERGE_ARRAY,
	MERGE_OBJECT,
};

enum merge_how {
	/* Scalars, strings and arrays replace what was; objects merge. */
	MERGE_REPLACE,
	/* Strings are appended but for those that name something (id, type,
	 * role ...), array items too but for objects with the same "index"
	 * (and type), which merge; objects merge; the rest replaces. */
	MERGE_APPEND,
};

struct merge {
	struct arena *a;
	enum merge_kind kind;
	struct buf text;           /* RAW, STRING */
	struct merge_child *child; /* ARRAY, OBJECT */
	size_t n, cap;
	uint32_t *slot; /* a hash over the keys once there are many */
	size_t nslot;
};

struct merge_child {
	struct str key;   /* decoded name, or what tells an item from
			   * others, mostly its index; p NULL: nothing does */
	struct str name;  /* a member's name between its quotes */
	int64_t order;    /* an item's index */
	size_t at;        /* its place as they came */
	struct merge *to;
};

void merge_init(struct merge *m, struct arena *a);

/* Merges a value of doc into m. */
void merge_value(struct merge *m, const struct json *doc, uint32_t v,
		 enum merge_how how);

/* The whole value replaces what was, and strings can grow from there. */
void merge_set(struct merge *m, const struct json *doc, uint32_t v);

/* m becomes an empty object or array, or JSON text. */
void merge_set_kind(struct merge *m, enum merge_kind container);
void merge_set_text(struct merge *m, enum merge_kind text, struct str s);

/* The member of an object, NULL when it is not there (or is NONE). */
struct merge *merge_find(const struct merge *m, const char *name);

/* The same, added as NONE when it is not there. */
struct merge *merge_member(struct merge *m, const char *name);
struct merge *merge_member_of(struct merge *m, const struct json *doc,
			      uint32_t name);

/* The item of an array with that key, added as NONE when it is not there. A
 * key with p NULL always adds an item. */
struct merge *merge_item(struct merge *m, struct str key, int64_t order);

/* Writes the JSON text. Items stand in the order of their indices when all
 * have one. */
void merge_write(struct buf *out, struct merge *m);

#endif
