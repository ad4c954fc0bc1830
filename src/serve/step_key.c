/* The canonical name of the effective request, and whether it has one. */
#include "dialect/canon.h"
#include "serve/forget.h"
#include "serve/steps.h"

static bool is_sampled_shape(enum shape s)
{
	return s != SHAPE_EMBEDDING && s != SHAPE_COUNT;
}

/* Why the cache has no part in this request; NULL when it has. */
static const char *bypass(const struct req *r)
{
	const struct chat *c = &r->chat;
	int when = r->site->conf.cache.when;

	if (when == WHEN_NEVER)
		return "off";
	if (r->keyed.directive.no_store)
		return "no-store";
	if (c->stateful)
		return "stateful";
	if (!is_sampled_shape(c->shape))
		return NULL;
	if ((when == WHEN_UNLESS_SAMPLED && c->sampled) ||
	    (when == WHEN_TEMPERATURE_ZERO && !c->greedy))
		return "sampled";
	return NULL;
}

/* The effective body as a document: the caller's own unless it is edited. */
static int effective(struct req *r, struct json *doc)
{
	struct json_error err;

	if (!r->edits.any) {
		*doc = r->doc;
		return 0;
	}
	return json_parse(doc, r->a,
			  splices_apply(&r->edits.list, r->asked.body), &err);
}

static void hash_scope(struct req *r, struct hash *h)
{
	const struct cache_conf *c = &r->site->conf.cache;

	hash_field(h, STR("larder 1"));
	hash_field(h, str_c(arena_printf(r->a, "%d", c->version)));
	if (c->scope == SCOPE_SITE)
		hash_field(h, STR("site"));
	else
		hash_add(h, r->who.tenant.b, HASH_BYTES);
	hash_field(h, r->keyed.directive.ns);
	hash_field(h, str_c(shape_path(r->chat.shape)));
	hash_field(h, r->asked.endpoint.query);
	hash_field(h, str_c(r->plan.target->upstream->item.name));
	hash_field(h, str_c(r->plan.target->upstream->url));
	req_hash_headers(r, h);
}

enum go step_key(struct req *r)
{
	const struct conf_words *ignore = &r->site->conf.cache.ignore;
	struct keyed *k = &r->keyed;
	struct json doc;
	struct hash h;

	if (shape_unread(r->asked.endpoint.shape))
		return GO_ON;
	k->directive = r->asked.header;
	if (directive_body(&k->directive, r->a, &r->doc, r->chat.cache,
			   &r->fail) < 0)
		return GO_OUT;
	k->why = bypass(r);
	if (!k->why && effective(r, &doc) < 0)
		k->why = "unkeyed";
	k->use = k->why ? USE_BYPASS : USE_CACHE;
	if (k->why)
		return GO_ON;
	hash_begin(&h, &r->site->secret.cache);
	hash_scope(r, &h);
	canon_hash(&h, r->a, &doc, r->chat.shape, ignore->word, ignore->n);
	hash_end(&h, &k->base);
	req_name(r, &r->plan, k);
	forget_stamp(req_board(r), str_c(r->who.name), k->directive.tag,
		     &k->stamp);
	return GO_ON;
}
