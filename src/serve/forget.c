#include "serve/forget.h"

#include "store/gens.h"

static uint64_t add(struct hash *h, const struct board *b, enum gens_kind kind,
		    struct str name)
{
	uint64_t gen = gens_of(b, kind, name);

	hash_add(h, &gen, sizeof(gen));
	return gen;
}

void forget_name(const struct site *s, const struct board *b,
		 const struct forget_by *by, struct key *name_r)
{
	uint64_t gen;
	char hex[17];
	struct hash h;

	key_hex(&by->base, 8, hex);
	hash_begin_with(&h, &s->secret.cache);
	hash_field(&h, STR("generations 2"));
	hash_add(&h, by->base.b, HASH_BYTES);
	add(&h, b, GENS_ALL, STR(""));
	gen = add(&h, b, GENS_MODEL, by->requested);
	if (str_eq(by->model, by->requested)) /* mostly; its place is a hash */
		hash_add(&h, &gen, sizeof(gen));
	else
		add(&h, b, GENS_MODEL, by->model);
	/* Under scope = site all have one name, and each answer a stamp. */
	if (s->conf.cache.scope == SCOPE_TENANT)
		add(&h, b, GENS_TENANT, by->tenant);
	add(&h, b, GENS_KEY, str_c(hex));
	hash_end(&h, name_r);
}

void forget_stamp(const struct board *b, struct forget_stamp *s)
{
	s->tenant_gen = gens_of(b, GENS_TENANT, s->tenant);
	s->tag_gen = s->tag.n ? gens_of(b, GENS_TAG, s->tag) : 0;
	s->model_gen = gens_of(b, GENS_MODEL, s->model);
}

bool forget_holds(const struct board *b, const struct forget_stamp *s)
{
	struct forget_stamp now = *s;

	forget_stamp(b, &now);
	return now.tenant_gen == s->tenant_gen && now.tag_gen == s->tag_gen &&
	       now.model_gen == s->model_gen;
}

void forget_pack(struct buf *b, const struct forget_stamp *s)
{
	pack_str(b, s->tenant);
	pack_str(b, s->tag);
	pack_str(b, s->model);
	pack_num(b, (int64_t)s->tenant_gen);
	pack_num(b, (int64_t)s->tag_gen);
	pack_num(b, (int64_t)s->model_gen);
}

void forget_unpack(struct unpack *u, struct forget_stamp *out_r)
{
	out_r->tenant = unpack_str(u);
	out_r->tag = unpack_str(u);
	out_r->model = unpack_str(u);
	out_r->tenant_gen = (uint64_t)unpack_num(u);
	out_r->tag_gen = (uint64_t)unpack_num(u);
	out_r->model_gen = (uint64_t)unpack_num(u);
}
