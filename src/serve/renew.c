#include "serve/renew.h"

#include "serve/corridor.h"
#include "serve/lately.h"

struct renewal {
	struct errand errand; /* first: work gets its address */
	struct site *site;
	struct str body;
	int64_t before_ms;
};

struct back_door {
	struct door door; /* first: the callbacks get its address */
	struct door *front;
	struct str rest; /* of the body */
};

static int drop(struct sink *s, struct str bytes)
{
	(void)s;
	(void)bytes;
	return 0;
}

static const char *param(struct door *d, const char *name)
{
	struct door *front = ((struct back_door *)d)->front;

	return front->param(front, name);
}

static ssize_t get(struct door *d, char *p, size_t n)
{
	struct str *rest = &((struct back_door *)d)->rest;

	if (n > rest->n)
		n = rest->n;
	memcpy(p, rest->p, n);
	*rest = str_from(*rest, n);
	return (ssize_t)n;
}

static void renew(struct errand *e, struct lane *lane)
{
	struct renewal *n = (struct renewal *)e;
	struct site *site = n->site;
	struct arena *a = e->a; /* n is in it */
	struct back_door d = {
		.door = { .out = { drop, NULL }, .param = param, .read = get,
			  .gone_fd = -1, .out_fd = -1,
			  .renew_before_ms = n->before_ms },
		.front = e->front,
		.rest = n->body,
	};

	if (lane)
		corridor_walk(site, lane, &d.door);
	site_unref(&site);
	arena_free(&a);
}

static void give(struct req *r)
{
	struct arena *a = arena_new();
	struct renewal *n = arena_zalloc(a, sizeof(*n));

	n->errand = (struct errand){ .a = a, .work = renew };
	n->site = site_ref(r->site);
	n->body = arena_str(a, r->asked.body);
	n->before_ms = r->wall_ms;
	if (r->door->later(r->door, &n->errand)) {
		board_count(req_board(r), BOARD_STALE_REFRESH);
		return;
	}
	site_unref(&n->site);
	arena_free(&a);
}

void renew_behind(struct req *r)
{
	if (r->hit.found && r->hit.renew && r->door->later &&
	    lately_may_renew(r))
		give(r);
}
