#include "serve/aside.h"

#include "base/clock.h"
#include "base/count.h"
#include "serve/corridor.h"
#include "serve/wait.h"

#define REPLY_MAX (256 * 1024)

struct aside_door {
	struct door door; /* first: the callbacks get its address */
	struct req *r;    /* in whose course it is asked */
	struct str body;
	struct str rest;  /* of that */
	const char *length;
	struct buf out;
};

/* -- the door -------------------------------------------------------------- */

/* What tells whose account it is comes from the caller; nothing else does. */
static bool is_account(const char *name)
{
	static const char *const names[] = {
		"HTTP_AUTHORIZATION", "REDIRECT_HTTP_AUTHORIZATION",
		"HTTP_X_API_KEY", "HTTP_OPENAI_ORGANIZATION",
		"HTTP_OPENAI_PROJECT",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const char *param(struct door *door, const char *name)
{
	struct aside_door *d = (struct aside_door *)door;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "POST";
	if (strcmp(name, "REQUEST_URI") == 0)
		return "/v1/chat/completions";
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return "application/json";
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return d->length;
	return is_account(name) ? d->r->door->param(d->r->door, name) : NULL;
}

static ssize_t get(struct door *door, char *p, size_t n)
{
	struct aside_door *d = (struct aside_door *)door;

	if (n > d->rest.n)
		n = d->rest.n;
	memcpy(p, d->rest.p, n);
	d->rest = str_from(d->rest, n);
	return (ssize_t)n;
}

static int take(struct sink *s, struct str bytes)
{
	struct aside_door *d = (struct aside_door *)
		((char *)s - offsetof(struct aside_door, door.out));

	if (d->out.n + bytes.n > REPLY_MAX)
		return -1;
	buf_str(&d->out, bytes);
	return 0;
}

/* Who has asked hears of it. One who has left is found out by gone_fd. */
static void beat(struct door *door)
{
	struct aside_door *d = (struct aside_door *)door;

	wait_beat(d->r);
	if (d->r->plan.ntargets) /* else there is no head yet */
		wait_keep_alive(d->r);
}

/* -- the answer ------------------------------------------------------------ */

/* The body of a CGI response of status 200; empty for any other. */
static struct str good_body(struct str all)
{
	static const char end[] = "\r\n\r\n";
	const char *p;

	if (!str_starts(all, STR("Status: 200 ")))
		return STR("");
	p = memmem(all.p, all.n, end, 4);
	return p ? str_from(all, (size_t)(p + 4 - all.p)) : STR("");
}

static int read_text(struct arena *a, struct str body, struct str *text_r)
{
	struct json_error err;
	struct json doc;
	uint32_t choice, v;

	if (json_parse(&doc, a, body, &err) < 0)
		return -1;
	v = json_get(&doc, 0, "choices");
	choice = json_is(&doc, v, JSON_ARRAY) ? json_first(&doc, v) : 0;
	v = json_is(&doc, choice, JSON_OBJECT) ?
		    json_get(&doc, choice, "message") : 0;
	v = json_is(&doc, v, JSON_OBJECT) ? json_get(&doc, v, "content") : 0;
	if (!json_is(&doc, v, JSON_STRING))
		return -1;
	*text_r = json_string(&doc, v, a);
	return 0;
}

/* A walk resets the arena of its lane at the end, so it gets one of its own. */
static void walk(struct req *r, struct door *door)
{
	struct arena *own = r->lane->a;

	r->lane->a = arena_new();
	corridor_walk(r->site, r->lane, door);
	arena_free(&r->lane->a);
	r->lane->a = own;
}

/* Where it may be kept, how long, and how it is purged, is the caller's to
 * say. How old an answer may be is said of the caller's own alone. */
static int directive_of(struct req *r, struct directive *d)
{
	struct fail ignored = { 0 }; /* others will say it */

	if (req_directive(r, d, &ignored) < 0)
		return -1;
	d->no_cache = false;
	d->max_age_s = d->max_stale_s = -1;
	return 0;
}

int aside_ask(struct req *r, const struct aside *q, struct str *text_r)
{
	struct directive directive;
	struct aside_door d = {
		.door = { .out = { take, NULL }, .param = param, .read = get,
			  .gone_fd = r->door->gone_fd,
			  .gone_events = r->door->gone_events, .out_fd = -1,
			  .purpose = q->purpose, .upstream = q->upstream,
			  .directive = &directive, .beat = beat,
			  .until_ms = clock_mono_ms() + q->ms },
		.r = r,
		.body = q->body,
		.rest = q->body,
		.length = arena_printf(r->a, "%zu", q->body.n),
	};
	struct str body;

	if (r->asked.purpose || /* one within another */
	    directive_of(r, &directive) < 0)
		return -1;
	buf_init(&d.out, r->a);
	walk(r, &d.door);
	body = good_body(buf_view(&d.out));
	return body.n ? read_text(r->a, body, text_r) : -1;
}
