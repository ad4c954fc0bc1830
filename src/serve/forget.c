#include "serve/forget.h"

#include "store/gens.h"

static void add(struct hash *h, const struct board *b, enum gens_kind kind,
		struct str name)
{
	uint64_t gen = gens_of(b, kind, name);

	hash_add(h, &gen, sizeof(gen));
}

void forget_name(const struct site *s, const struct board *b,
		 const struct forget_by *by, struct key *name_r)
{
	char hex[17];
	struct hash h;

	key_hex(&by->base, 8, hex);
	hash_begin(&h, &s->secret.cache);
	hash_field(&h, STR("generations 1"));
	hash_add(&h, by->base.b, HASH_BYTES);
	add(&h, b, GENS_ALL, STR(""));
	add(&h, b, GENS_MODEL, by->requested);
	add(&h, b, GENS_MODEL, by->model);
	add(&h, b, GENS_TENANT, by->tenant);
	add(&h, b, GENS_KEY, str_c(hex));
	hash_end(&h, name_r);
}

uint64_t forget_tag(const struct board *b, struct str tag)
{
	return tag.n ? gens_of(b, GENS_TAG, tag) : 0;
}
