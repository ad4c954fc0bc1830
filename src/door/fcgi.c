#include "door/fcgi.h"

#include <fcgiapp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "door/record.h"
#include "serve/corridor.h"

struct fcgi_door {
	struct door door; /* first: the callbacks get its address */
	FCGX_Request *q;
	struct record to;
	const struct fcgi_place *place;
	struct timeval reads; /* how long they waited before hurry() */
	bool hurried;
};

/* What is left of a door for an errand. */
struct errand_door {
	struct door door; /* first */
	char **envp;
};

static int put(struct sink *s, struct str bytes)
{
	return record_put(&((struct fcgi_door *)s)->to, bytes);
}

static int flush(struct sink *s)
{
	return record_flush(&((struct fcgi_door *)s)->to);
}

/* FCGX_GetParam, which calls strncmp() for each variable: of some forty, a
 * dozen times a request. */
static const char *variable(char *const *envp, const char *name)
{
	const char *p, *n;

	for (; envp && *envp; envp++) {
		for (p = *envp, n = name; *n && *p == *n; p++)
			n++;
		if (!*n && *p == '=')
			return p + 1;
	}
	return NULL;
}

static const char *param(struct door *door, const char *name)
{
	return variable(((struct fcgi_door *)door)->q->envp, name);
}

/* What there is: FCGX_GetStr would wait until all n have come. */
static ssize_t get(struct door *door, char *p, size_t n)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	FCGX_Stream *in = d->q->in;
	int c, here;

	if (!in)
		return 0;
	c = FCGX_GetChar(in);
	here = (int)(in->stop - in->rdNext);

	if (c < 0 && FCGX_GetError(in))
		return -1;
	if (c < 0) {
		/* Its 8 KB are not for the length of an answer. */
		FCGX_FreeStream(&d->q->in);
		return 0;
	}
	*p = (char)c;
	if ((size_t)here > n - 1)
		here = (int)(n - 1);
	return 1 + (here ? FCGX_GetStr(p + 1, here, in) : 0);
}

static void hurry(struct door *door, int ms)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };
	socklen_t n = sizeof(d->reads);
	int fd = d->q->ipcFd;

	d->hurried = getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &d->reads,
				&n) == 0 &&
		     setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t,
				sizeof(t)) == 0;
}

static void hurry_no_more(const struct fcgi_door *d)
{
	if (d->hurried)
		setsockopt(d->q->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &d->reads,
			   sizeof(d->reads));
}

/*
 * No end of the request is sent. nginx 1.22 takes a connection that closes for
 * a clean end all the same, but not one with a record that is none (measured,
 * curl's status 18; lighttpd 1.4.69 minds both).
 */
static void cut(struct door *door)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	char bogus[16];

	flush(&door->out);
	d->to.broken = true;
	memset(bogus, 0xff, sizeof(bogus));
	send(d->q->ipcFd, bogus, sizeof(bogus), MSG_NOSIGNAL);
	shutdown(d->q->ipcFd, SHUT_RDWR);
}

static const char *errand_param(struct door *door, const char *name)
{
	return variable(((struct errand_door *)door)->envp, name);
}

static char **copy_env(char *const *envp, struct arena *a)
{
	char **copy;
	size_t n = 0;

	while (envp[n])
		n++;
	copy = arena_new_n(a, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(a, envp[i]);
	return copy;
}

/* Not by this thread: the web server's end of the request, and with it the
 * next one on the connection, would wait until it is done. */
static bool later(struct door *door, struct errand *e)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	struct errand_door *k = arena_zalloc(e->a, sizeof(*k));

	k->door.param = errand_param;
	k->envp = copy_env(d->q->envp, e->a);
	e->front = &k->door;
	return d->place->later(d->place->ctx, e);
}

static int answer(const struct fcgi_place *p, struct lane *lane,
		   FCGX_Request *q)
{
	struct fcgi_door d = {
		.door = { .out = { put, flush }, .param = param, .read = get,
			  .hurry = hurry, .gone_fd = q->ipcFd,
			  .gone_events = POLLRDHUP | POLLHUP | POLLERR,
			  .out_fd = q->ipcFd, .cut = cut, .later = later },
		.q = q,
		.to = { .fd = q->ipcFd, .id = q->requestId },
		.place = p,
	};
	struct site *site = p->site(p->ctx);

	corridor_walk(site, lane, &d.door);
	hurry_no_more(&d);
	site_unref(&site);
	return record_end(&d.to);
}

/* -- connections ----------------------------------------------------------- */

/* Answers it. Is another one to come on its connection? What is left of this
 * one's body would be taken for it. */
static bool finish(const struct fcgi_place *p, struct lane *lane,
		   FCGX_Request *q)
{
	bool keep = q->keepConnection;

	FCGX_FreeStream(&q->out);
	return answer(p, lane, q) == 0 && keep && !q->in;
}

/* One request of it; is it open still? libfcgi is not to close it, as it
 * waits up to two seconds for the other side to do so first. */
static bool serve(const struct fcgi_place *p, struct lane *lane, int fd)
{
	FCGX_Request q;
	bool keep;

	FCGX_InitRequest(&q, -1, 0);
	q.ipcFd = fd;
	q.keepConnection = 1; /* or FCGX_Accept_r would close it first */
	/* It takes variables that broke off for the end of them. */
	keep = FCGX_Accept_r(&q) == 0 && !FCGX_GetError(q.in) &&
	       finish(p, lane, &q);
	if (q.ipcFd >= 0 && !keep) {
		close(q.ipcFd);
		q.ipcFd = -1;
	}
	FCGX_Free(&q, 0);
	return q.ipcFd >= 0;
}

int fcgi_setup(void)
{
	return FCGX_Init() == 0 ? 0 : -1;
}

void fcgi_serve(const struct fcgi_place *p, struct lane *lane,
		struct hand *hand)
{
	struct conn *c;

	for (;;) {
		crew_turn(hand);
		c = kept_next(p->kept);
		if (!c)
			return;
		crew_begin(hand);
		if (serve(p, lane, kept_fd(c)))
			kept_back(p->kept, c);
		else
			kept_forget(p->kept, c);
		crew_end(hand);
	}
}
