/*
 * Behind an answer that has expired, when its caller has gone: asks again, so
 * that the next one finds a fresh one. A request of its own walks the corridor
 * for that, by a door that says what the first one's said and leads nowhere.
 */
#include "serve/corridor.h"
#include "serve/steps.h"

struct back_door {
	struct door door;
	struct req *front;
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
	struct door *front = ((struct back_door *)d)->front->door;

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

/* The lane's arena still holds the request in front. */
static void walk(struct req *r, struct door *door)
{
	struct lane *lane = r->lane;
	struct arena *front = lane->a;

	lane->a = arena_new();
	corridor_walk(r->site, lane, door);
	arena_free(&lane->a);
	lane->a = front;
}

enum go step_refresh(struct req *r)
{
	struct back_door back = {
		.door = { .out = { drop, NULL }, .param = param, .read = get,
			  .gone_fd = -1, .refresh_ms = r->wall_ms },
		.front = r,
		.rest = r->asked.body,
	};

	if (!r->hit.found || !r->hit.refresh || !r->door->finish)
		return GO_ON;
	r->door->finish(r->door);
	board_count(tier_board(r->site->tier), BOARD_STALE_REFRESH);
	walk(r, &back.door);
	return GO_ON;
}
