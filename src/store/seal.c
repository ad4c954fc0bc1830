#include "store/seal.h"

#include <assert.h>
#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "store/le.h"

/*
 *   version | nonce | of | text, encrypted | tag
 *   1         24      8    as long as it is  16
 */
#define FORM 1
#define NONCE_AT 1
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define OF_AT (NONCE_AT + NONCE)
#define TEXT_AT (OF_AT + 8)
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define OF_MAX ((uint64_t)UINT32_MAX)

static_assert(TEXT_AT + TAG == SEAL_EXTRA, "the header says how much");
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == HASH_BYTES,
	      "a struct key is a key");

void seal_init(struct seal *s, const struct key *site)
{
	struct key name;

	hash_derive(&s->value, site, "larder memcached value");
	hash_derive(&name, site, "larder memcached name");
	hash_secret_set(&s->name, &name);
	sodium_memzero(&name, sizeof(name));
}

void seal_name(const struct seal *s, const struct seal_what *w,
	       char name_r[SEAL_NAME_SIZE])
{
	static const char head[] = "l1-";
	struct hash h;
	struct key k;
	uint8_t part[8];

	le_put(part, sizeof(part), w->part);
	hash_begin_with(&h, &s->name);
	hash_field(&h, str_c(w->purpose));
	hash_add(&h, w->key.b, sizeof(w->key.b));
	hash_add(&h, w->owner.b, sizeof(w->owner.b));
	hash_add(&h, part, sizeof(part));
	hash_end(&h, &k);
	memcpy(name_r, head, sizeof(head));
	sodium_bin2base64(name_r + sizeof(head) - 1,
			  SEAL_NAME_SIZE - sizeof(head) + 1, k.b,
			  sizeof(k.b),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* All that is authenticated beside the text: as each field has a length
 * that is fixed or told, no two lists of fields read the same. */
struct bound {
	uint8_t b[2 + 16 + 2 * HASH_BYTES + 16];
	size_t n;
};

static void bound_of(struct bound *d, const struct seal_what *w, uint64_t of)
{
	size_t purpose = strlen(w->purpose);
	uint8_t *to = d->b;

	assert(purpose <= 16);
	*to++ = FORM;
	*to++ = (uint8_t)purpose;
	memcpy(to, w->purpose, purpose);
	to += purpose;
	memcpy(to, w->key.b, HASH_BYTES);
	memcpy(to + HASH_BYTES, w->owner.b, HASH_BYTES);
	to += 2 * HASH_BYTES;
	le_put(to, 8, w->part);
	le_put(to + 8, 8, of);
	d->n = (size_t)(to + 16 - d->b);
}

void seal_close(const struct seal *s, const struct seal_what *w,
		struct str text, struct buf *out)
{
	static const uint8_t tag[TAG];
	uint8_t head[TEXT_AT], *at;
	struct bound d;
	size_t from = out->n;

	head[0] = FORM;
	randombytes_buf(head + NONCE_AT, NONCE);
	le_put(head + OF_AT, 8, w->of);
	buf_add(out, head, sizeof(head));
	buf_add(out, text.p, text.n);
	buf_add(out, tag, sizeof(tag));
	bound_of(&d, w, w->of);
	/* In place: libsodium allows both to be the same. */
	at = (uint8_t *)out->p + from + TEXT_AT;
	crypto_aead_xchacha20poly1305_ietf_encrypt(at, NULL, at, text.n, d.b,
						   d.n, NULL, head + NONCE_AT,
						   s->value.b);
}

int seal_open(const struct seal *s, struct seal_what *w, struct arena *a,
	      struct str sealed, struct str *text_r)
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	struct bound d;
	uint64_t of;
	size_t n;
	uint8_t *text;

	if (sealed.n < SEAL_EXTRA || p[0] != FORM)
		return -1;
	of = le_get(p + OF_AT, 8);
	if (of > OF_MAX)
		return -1;
	n = sealed.n - SEAL_EXTRA;
	text = arena_alloc(a, n + 1);
	bound_of(&d, w, of);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    text, NULL, NULL, p + TEXT_AT, n + TAG, d.b, d.n,
		    p + NONCE_AT, s->value.b) != 0)
		return -1;
	w->of = of;
	*text_r = (struct str){ (const char *)text, n };
	return 0;
}
