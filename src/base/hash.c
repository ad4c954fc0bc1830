#include "base/hash.h"

#include <sodium/core.h>
#include <sodium/crypto_onetimeauth.h>
#include <sodium/utils.h>

int hash_setup(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

void hash_begin(struct hash *h, const struct key *secret)
{
	crypto_generichash_init(&h->st, secret ? secret->b : NULL,
				secret ? HASH_BYTES : 0, HASH_BYTES);
	h->n = 0;
}

static void pour(struct hash *h)
{
	crypto_generichash_update(&h->st, (unsigned char *)h->gather, h->n);
	h->n = 0;
}

void hash_add(struct hash *h, const void *p, size_t n)
{
	if (n > sizeof(h->gather) - h->n)
		pour(h);
	if (n > sizeof(h->gather)) {
		crypto_generichash_update(&h->st, p, n);
		return;
	}
	if (n)
		memcpy(h->gather + h->n, p, n);
	h->n += n;
}

void hash_field(struct hash *h, struct str s)
{
	uint8_t len[8];

	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)s.n >> (8 * i));
	hash_add(h, len, sizeof(len));
	hash_add(h, s.p, s.n);
}

void hash_short(struct hash *h, const struct key *secret, struct str s)
{
	uint8_t tag[crypto_onetimeauth_BYTES];

	crypto_onetimeauth(tag, (const unsigned char *)s.p, s.n, secret->b);
	hash_add(h, tag, sizeof(tag));
	sodium_memzero(tag, sizeof(tag));
}

void hash_end(struct hash *h, struct key *out_r)
{
	pour(h);
	crypto_generichash_final(&h->st, out_r->b, HASH_BYTES);
	sodium_memzero(h, sizeof(*h));
}

void hash_of(struct key *out_r, const struct key *secret, struct str s)
{
	crypto_generichash(out_r->b, HASH_BYTES, (const unsigned char *)s.p,
			   s.n, secret ? secret->b : NULL,
			   secret ? HASH_BYTES : 0);
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
