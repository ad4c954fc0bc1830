/*
 * An answer without a model, where the operator has pinned one to the
 * question. It is larder's own and made now, so it is never too old, and
 * belongs to nobody: whom admit let in may have it. Nobody is asked, so there
 * is no need to know whom.
 */
#include <sodium/randombytes.h>

#include "serve/form.h"
#include "serve/pin.h"
#include "serve/steps.h"

/* "no-cache" asks for a model's answer, wherever it is said. What is wrong
 * with the body's "cache" member others will say. */
static bool wants_model(struct req *r)
{
	struct fail ignored = { 0 };
	struct directive d;

	return req_directive(r, &d, &ignored) < 0 || d.no_cache;
}

static const char *new_id(struct req *r)
{
	struct key k;
	char *hex = arena_alloc(r->a, 33);

	randombytes_buf(k.b, 16);
	key_hex(&k, 16, hex);
	return hex;
}

static struct str reply(struct req *r, struct str text)
{
	struct pin p = { json_span(&r->doc, r->chat.model), text, new_id(r),
			 r->wall_ms / 1000 };
	struct buf b;

	buf_init(&b, r->a);
	pin_write(&b, r->asked.endpoint.shape, &p);
	return buf_view(&b);
}

static enum go answer(struct req *r, struct str text)
{
	struct hit h = { .found = true, .pinned = true, .born_ms = r->wall_ms,
			 .shape = r->plan.shape, .form = FORM_JSON,
			 .bytes = reply(r, text), .cost = PRICE_UNKNOWN };

	facts_of_json(&h.facts, r->a, h.shape, h.bytes);
	if (form_convert(r->a, &r->plan, h.shape, h.form, &h.bytes) < 0)
		return GO_ON;
	r->hit = h;
	return GO_OUT;
}

enum go step_pin(struct req *r)
{
	const struct str *text;

	if (!r->site->pinned || shape_unread(r->asked.endpoint.shape) ||
	    r->asked.renew_before_ms || r->asked.purpose)
		return GO_ON;
	text = pinned_find(r->site->pinned, r->a, &r->chat);
	if (!text || wants_model(r))
		return GO_ON;
	return answer(r, *text);
}
