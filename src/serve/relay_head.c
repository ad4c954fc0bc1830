/* What is kept of an upstream's head: what the caller is to see of it, and how
 * the body is to be read. */
#include <stdlib.h>

#include "base/count.h"
#include "serve/relay.h"

#define HEADER_MAX 256 /* of one that is passed on, and of all */
#define HEADERS_MAX 2048

static bool passes(struct str name)
{
	static const char *const heads[] = {
		"x-request-id", "request-id", "retry-after", "x-should-retry",
		"x-ratelimit-", "anthropic-ratelimit-",
		"openai-processing-ms", "openai-version",
	};

	for (size_t i = 0; i < COUNT_OF(heads); i++)
		if (str_istarts(name, str_c(heads[i])))
			return true;
	return false;
}

static bool printable(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return true;
}

void relay_head(struct relay *y, const struct net_header *h, size_t n)
{
	struct fetched *o = &y->r->out;
	int64_t room = HEADERS_MAX;

	o->header = arena_new_n(y->r->a, struct net_header, n + 1);
	o->nheader = 0;
	o->type = STR("");
	y->length = -1;
	y->packed = y->leaks = false;
	for (size_t i = 0; i < n; i++) {
		if (!printable(h[i].value))
			continue;
		if (str_ieq(h[i].name, STR("content-type")) &&
		    !relay_holds_key(y, h[i].value))
			o->type = arena_str(y->r->a, h[i].value);
		if (str_ieq(h[i].name, STR("content-length")))
			y->length = atoll(arena_cstr(y->r->a, h[i].value));
		if (str_ieq(h[i].name, STR("content-encoding")))
			y->packed = !str_ieq(h[i].value, STR("identity"));
		if (!passes(h[i].name) || h[i].value.n > HEADER_MAX)
			continue;
		room -= (int64_t)(h[i].name.n + h[i].value.n);
		if (room < 0) /* nginx takes 4 KB of head and no more */
			continue;
		y->leaks |= relay_holds_key(y, h[i].value);
		o->header[o->nheader++] = (struct net_header){
			arena_str(y->r->a, h[i].name),
			arena_str(y->r->a, h[i].value),
		};
	}
}
