/* Do two members of an object have one name? Used by the scanner alone. */
#ifndef BASE_JSON_NAMES_H
#define BASE_JSON_NAMES_H

#include "base/json.h"

/* Room that is used again for each object of a document. */
struct json_names {
	struct arena *a;
	struct str *name; /* decoded */
	size_t n, cap;
};

/* Compares the decoded names of obj, whose tokens are complete. */
bool json_names_repeat(struct json_names *names, const struct json *doc,
		       uint32_t obj);

#endif
