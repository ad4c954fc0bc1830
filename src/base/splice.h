/*
 * Edits of a text that leave every other byte as it was: a list of spans and
 * what stands in their place, applied in one pass.
 *
 * Edits may come in any order and be combined at will, on one object too:
 * what becomes of the commas is decided when all edits are known. An edit
 * inside a span that another edit takes away goes with it, and of two values
 * for one member, new or not, the later stands. Edits that overlap in part
 * are a bug (asserted). A list may be applied, added to and applied again.
 */
#ifndef BASE_SPLICE_H
#define BASE_SPLICE_H

#include "base/buf.h"
#include "base/json.h"

struct splice {
	uint32_t at, end; /* bytes [at, end) go; at == end inserts */
	struct str with;  /* must outlive the list */
};

/* A child that goes, or one that comes at the end. */
struct splice_child {
	uint32_t parent;
	uint32_t child;   /* the item or name that goes; UINT32_MAX: comes */
	const char *name; /* of a member that comes */
	struct str value;
};

struct splices {
	struct arena *a;
	struct splice *list;
	size_t n, cap;
	const struct json *doc; /* what the children are of */
	struct splice_child *child;
	size_t nchild, child_cap;
};

void splices_init(struct splices *s, struct arena *a);

/* The bytes [at, end) are replaced. Two insertions at one place keep the
 * order they came in. */
void splice_add(struct splices *s, uint32_t at, uint32_t end, struct str with);

/* The value of a member or item is replaced by other JSON text. */
void splice_value(struct splices *s, const struct json *doc, uint32_t v,
		  struct str json_text);

/* A member is added at the end of an object, behind those added before:
 * `name` needs no escaping and outlives the list, as json_text does; the
 * object has no such member, or it is cut. One list edits one document. */
void splice_member(struct splices *s, const struct json *doc, uint32_t obj,
		   const char *name, struct str json_text);

/* The member's value is replaced, or the member added when absent. */
void splice_set(struct splices *s, const struct json *doc, uint32_t obj,
		const char *name, struct str json_text);

/*
 * Items of an array, or members of an object (by their name tokens), are cut
 * with their commas. All n of `gone` must be children of parent; one may be
 * cut twice.
 */
void splice_cut(struct splices *s, const struct json *doc, uint32_t parent,
		const uint32_t *gone, size_t n);

/* What becomes of one member of the whole document. */
struct splice_top {
	uint32_t value;   /* its token; 0: it comes */
	const char *name; /* of one that comes */
	struct str text;  /* what it is now, JSON; empty: it goes */
};

/* The edits for who can read the document with them in mind, and save a copy
 * and a scan: in *top_r, *n_r of them. Of several values of one member the
 * last stands, but when it goes it goes. False when they are many, or one of
 * them is of anything but a whole member of the document. */
bool splices_top(const struct splices *s, const struct json *doc,
		 const struct splice_top **top_r, size_t *n_r);

/* The edited text, in the arena; the text itself when there are no edits. */
struct str splices_apply(struct splices *s, struct str text);

#endif
