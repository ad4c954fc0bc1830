#include "serve/pack.h"

#include <endian.h>

void pack_num(struct buf *b, int64_t v)
{
	uint64_t n = htole64((uint64_t)v);

	buf_add(b, &n, sizeof(n));
}

void pack_str(struct buf *b, struct str s)
{
	pack_num(b, (int64_t)s.n);
	buf_str(b, s);
}

void pack_key(struct buf *b, const struct key *k)
{
	buf_add(b, k->b, HASH_BYTES);
}

static struct str take(struct unpack *u, uint64_t n)
{
	struct str s = { "", 0 };

	if (u->bad || n > u->rest.n) {
		u->bad = true;
		return s;
	}
	s = (struct str){ u->rest.p, n };
	u->rest = str_from(u->rest, n);
	return s;
}

int64_t unpack_num(struct unpack *u)
{
	struct str s = take(u, 8);
	uint64_t v = 0;

	if (s.n)
		memcpy(&v, s.p, s.n);
	return (int64_t)le64toh(v);
}

struct str unpack_str(struct unpack *u)
{
	return take(u, (uint64_t)unpack_num(u));
}

void unpack_key(struct unpack *u, struct key *out)
{
	struct str s = take(u, HASH_BYTES);

	memset(out, 0, sizeof(*out));
	if (s.n)
		memcpy(out->b, s.p, s.n);
}

void unpack_cstr(struct unpack *u, char *out, size_t size)
{
	struct str s = unpack_str(u);

	if (s.n >= size) {
		u->bad = true;
		s.n = 0;
	}
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
}
