#include "walk.h"

/* -- the upstream ---------------------------------------------------------- */

void walk_net_close(struct net **n)
{
	*n = NULL;
}

void walk_lane(struct lane *lane, struct slots *slots, struct net *net,
	       const struct net_ops *ops)
{
	lane_init(lane, slots);
	lane->ops = ops;
	lane->net = net;
}

enum net_end walk_reply(const struct net_call *c, const char *reply, int len)
{
	const struct net_header type = { STR("Content-Type"),
					 STR("application/json") };

	if (c->head(c->ctx, 200, &type, 1) ||
	    c->data(c->ctx, (struct str){ reply, (size_t)len }))
		return NET_REFUSED;
	return NET_DONE;
}

/* -- the door -------------------------------------------------------------- */

struct walk_door {
	struct door door;
	struct walk *walk;
	char length[16];
	struct str rest; /* of the body */
};

static int put(struct sink *s, struct str bytes)
{
	buf_str(&((struct walk_door *)s)->walk->out, bytes);
	return 0;
}

static const char *param(struct door *door, const char *name)
{
	struct walk_door *d = (struct walk_door *)door;

	if (strcmp(name, "REQUEST_URI") == 0)
		return "/v1/chat/completions";
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "POST";
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return d->walk->who;
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return d->length;
	return NULL;
}

static ssize_t get(struct door *door, char *p, size_t n)
{
	struct walk_door *d = (struct walk_door *)door;

	if (n > d->rest.n)
		n = d->rest.n;
	memcpy(p, d->rest.p, n);
	d->rest = str_from(d->rest, n);
	return (ssize_t)n;
}

void walk(struct walk *w, struct site *site, struct lane *lane,
	  struct arena *a)
{
	struct walk_door d = {
		.door = { .out = { put, NULL }, .param = param, .read = get,
			  .gone_fd = -1, .out_fd = -1 },
		.walk = w,
		.rest = { w->body, (size_t)w->length },
	};

	snprintf(d.length, sizeof(d.length), "%d", w->length);
	buf_init(&w->out, a);
	corridor_walk(site, lane, &d.door);
}

/* -- both ------------------------------------------------------------------ */

uint64_t walk_stir(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct site *walk_site(const char *name, const char *conf)
{
	struct site *site = NULL;
	char why[1024] = "no random numbers";

	if (hash_setup() == 0)
		site = site_open(conf, why, sizeof(why));
	if (!site)
		fprintf(stderr, "%s: %s\n", name, why);
	return site;
}
