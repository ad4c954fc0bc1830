#include "serve/meter.h"

#include "base/json_half.h"
#include "dialect/reply_text.h"
#include "serve/learn.h"
#include "serve/size.h"
#include "serve/spend_bound.h"
#include "thrift/decimal.h"

/* -- counting -------------------------------------------------------------- */

static int64_t tokens_of(struct req *r, struct str text)
{
	const struct target *t = r->out.by;
	const struct token_table *table = size_table(r->site, t);

	if (table)
		return (int64_t)token_count(table, text);
	return (int64_t)family_tokens(&learn_board(req_board(r))->family,
				      family_of(t->model),
				      family_weight(text));
}

/* What is told of a request to be embedded is its input alone. */
static int64_t count_embedded(struct req *r)
{
	uint32_t input = json_get(&r->fit.doc, 0, "input");
	struct buf text;

	buf_init(&text, r->a);
	reply_text_all(&text, &r->fit.doc, input, r->a);
	return text.n ? tokens_of(r, buf_view(&text)) : -1;
}

static int64_t count_input(struct req *r)
{
	struct prompt p;

	if (r->out.shape == SHAPE_EMBEDDING)
		return count_embedded(r);
	if (r->fit.tokens >= 0)
		return r->fit.tokens;
	size_count(&p, r->a, r->site, r->out.by, &r->fit.chat,
		   &learn_board(req_board(r))->family);
	return (int64_t)p.total;
}

/* -- what came ------------------------------------------------------------- */

struct came {
	enum shape shape;
	struct buf text;
	struct arena *tmp; /* of one event */
};

static int came_event(void *ctx, const struct sse_event *e)
{
	struct came *c = ctx;
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, c->tmp, e->data, &err) == 0)
		reply_text(&c->text, c->shape, &doc, true, c->tmp);
	arena_reset(c->tmp);
	return 0;
}

/* Of half a document, what there is of it; all of what is none. */
static void came_json(struct came *c, struct str bytes)
{
	struct json_error err;
	struct json doc;
	struct buf half;

	buf_init(&half, c->tmp);
	if (json_parse(&doc, c->tmp, bytes, &err) == 0 ||
	    (json_half(&half, bytes) &&
	     json_parse(&doc, c->tmp, buf_view(&half), &err) == 0))
		reply_text(&c->text, c->shape, &doc, false, c->tmp);
	else
		buf_str(&c->text, bytes);
	arena_reset(c->tmp);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Of what was not kept there was as much text as in what was. */
static int64_t scaled(const struct recording *rec, int64_t tokens)
{
	if (!rec->over || !rec->bytes.n)
		return tokens;
	return (int64_t)((double)tokens * (double)rec->came /
			 (double)rec->bytes.n);
}

static int64_t count_output(struct relay *y)
{
	struct str bytes = buf_view(&y->rec.bytes);
	struct req *r = y->r;
	struct came c = { .shape = r->out.shape, .tmp = arena_new() };
	struct sse sse;

	buf_init(&c.text, r->a);
	if (r->out.form == FORM_SSE) {
		sse_init(&sse, r->a, r->site->conf.larder.max_reply,
			 came_event, &c);
		sse_feed(&sse, bytes);
	} else {
		came_json(&c, bytes);
	}
	arena_free(&c.tmp);
	return scaled(&y->rec, tokens_of(r, buf_view(&c.text)));
}

/* -- the whole ------------------------------------------------------------- */

/* An answer that is generated behind the reply: the reply's own tokens are not
 * what it takes. */
static bool is_background(const struct req *r)
{
	return r->out.shape == SHAPE_RESPONSES &&
	       json_bool(&r->doc, json_get(&r->doc, 0, "background"), false);
}

/* Something was generated, or may have been: not an error in its place. What
 * a follower hears is its leader's to count. */
static bool counts(const struct req *r)
{
	const struct fetched *o = &r->out;

	return o->answered && o->status == 200 && !o->collapsed &&
	       !shape_unread(o->shape) && o->shape != SHAPE_COUNT &&
	       r->fit.doc.tok && !is_background(r);
}

void meter_fill(struct relay *y)
{
	struct req *r = y->r;
	struct usage *u = &r->out.facts.usage;
	int64_t n;

	if (!counts(r))
		return;
	if (!r->out.storable && r->out.form == FORM_JSON && r->out.bytes.n)
		facts_of_other(&r->out.facts, r->a, r->out.shape,
			       r->out.bytes);
	if (u->input < 0) {
		u->input = count_input(r);
		r->out.estimated = true;
	}
	if (r->out.shape == SHAPE_EMBEDDING ||
	    (u->output >= 0 && (r->out.whole || y->watch.ended)))
		return;
	n = least(count_output(y), spend_most_output(r));
	if (n > u->output) {
		u->output = n;
		r->out.estimated = true;
	}
}

/* -- money ----------------------------------------------------------------- */

picousd meter_said(const struct reply_facts *f)
{
	int64_t v;

	if (!f->cost[0] || !decimal_read(str_c(f->cost),
					 f->cost_ticks ? 2 : 12, true, &v) ||
	    v < 0 || v > METER_MOST)
		return PRICE_UNKNOWN;
	return v;
}

picousd meter_cost(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	struct fetched *o = &r->out;
	picousd c = PRICE_UNKNOWN;

	o->priced_as = arena_cstr(r->a, o->by->model);
	if (p)
		c = price_of(p, o->priced_as, &o->facts.usage);
	if (p && c == PRICE_UNKNOWN) {
		o->priced_as = o->facts.model;
		c = price_of(p, o->priced_as, &o->facts.usage);
	}
	if (c != PRICE_UNKNOWN)
		return c;
	o->priced_as = NULL;
	return meter_said(&o->facts);
}
