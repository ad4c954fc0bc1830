#include "base/hash.h"

#include <assert.h>
#include <endian.h>
#include <sodium/core.h>
#include <sodium/crypto_onetimeauth.h>
#include <sodium/utils.h>

#include "base/polyval.h"

int hash_setup(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

void hash_begin(struct hash *h, const struct key *secret)
{
	blake2b_begin(&h->st, secret ? HASH_BYTES : 0, HASH_BYTES);
	h->n = 0;
	if (!secret)
		return;
	memset(h->block, 0, sizeof(h->block));
	memcpy(h->block, secret->b, HASH_BYTES);
	h->n = sizeof(h->block);
}

void hash_secret_set(struct hash_secret *s_r, const struct key *secret)
{
	struct hash h;

	hash_begin(&h, secret);
	blake2b_blocks(&h.st, h.block, 1);
	s_r->key = *secret;
	s_r->begun = h.st;
	sodium_memzero(&h, sizeof(h));
}

void hash_pour(struct hash *h, const char *p, size_t n)
{
	size_t room = sizeof(h->block) - h->n, whole;

	if (h->n) {
		memcpy(h->block + h->n, p, room);
		blake2b_blocks(&h->st, h->block, 1);
		p += room;
		n -= room;
	}
	whole = (n - 1) / BLAKE2B_BLOCK; /* at least one byte is left */
	blake2b_blocks(&h->st, p, whole);
	h->n = n - whole * BLAKE2B_BLOCK;
	memcpy(h->block, p + whole * BLAKE2B_BLOCK, h->n);
}

static void add_length(struct hash *h, size_t n)
{
	uint64_t len = htole64(n);

	hash_add(h, &len, sizeof(len));
}

void hash_field(struct hash *h, struct str s)
{
	add_length(h, s.n);
	hash_add(h, s.p, s.n);
}

void hash_short(struct hash *h, const struct key *secret, struct str s)
{
	uint8_t tag[POLYVAL_BYTES];

	static_assert(sizeof(tag) == crypto_onetimeauth_BYTES, "one for both");
	if (polyval_can())
		polyval(tag, secret->b, s.p, s.n);
	else
		crypto_onetimeauth(tag, (const unsigned char *)s.p, s.n,
				   secret->b);
	add_length(h, s.n);
	hash_add(h, tag, sizeof(tag));
	sodium_memzero(tag, sizeof(tag));
}

void hash_end(struct hash *h, struct key *out_r)
{
	assert(h->n || !h->st.n);
	memset(h->block + h->n, 0, sizeof(h->block) - h->n);
	blake2b_last(&h->st, h->block, h->n);
	memcpy(out_r->b, h->st.h, HASH_BYTES);
	sodium_memzero(h, sizeof(*h));
}

void hash_of(struct key *out_r, const struct key *secret, struct str s)
{
	struct hash h;

	hash_begin(&h, secret);
	hash_add(&h, s.p, s.n);
	hash_end(&h, out_r);
}

void hash_derive(struct key *out_r, const struct key *secret,
		 const char *purpose)
{
	hash_of(out_r, secret, str_c(purpose));
}

bool key_eq(const struct key *a, const struct key *b)
{
	return sodium_memcmp(a->b, b->b, HASH_BYTES) == 0;
}

void key_hex(const struct key *k, size_t n, char *out)
{
	sodium_bin2hex(out, 2 * n + 1, k->b, n);
}
