#include "serve/renew.h"

#include "serve/marks.h"

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

bool renew_begin(struct req *r, struct back_door *d)
{
	if (!r->hit.found || !r->hit.renew || !r->door->finish ||
	    !marks_renew(r))
		return false;
	r->door->finish(r->door);
	board_count(req_board(r), BOARD_STALE_REFRESH);
	*d = (struct back_door){
		.door = { .out = { drop, NULL }, .param = param, .read = get,
			  .gone_fd = -1, .renew_before_ms = r->wall_ms },
		.front = r,
		.rest = r->asked.body,
	};
	return true;
}
