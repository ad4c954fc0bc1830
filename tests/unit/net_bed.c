#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net_bed.h"

static void act(struct server *s, int fd, enum act what)
{
	struct linger now = { .l_onoff = 1 };
	bool closed = false;

	if (what == RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (what == HOLD)
		closed = http_linger(fd, 10000) < 0;
	while (what == DRIP && !closed)
		closed = http_linger(fd, 5) < 0 || http_send(fd, ".", 1) < 0;
	pthread_mutex_lock(&s->lock);
	s->closes_seen += closed;
	pthread_mutex_unlock(&s->lock);
}

/* What is played to this request; NULL when the list is at its end. */
static const struct play *note(struct server *s, const struct http_request *r)
{
	const struct play *p = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->nasked < MAX_REQUESTS && s->play[s->nasked].say) {
		p = &s->play[s->nasked];
		s->asked[s->nasked++] = *r;
	}
	pthread_mutex_unlock(&s->lock);
	return p;
}

static void *serve_connection(void *arg)
{
	struct connection *own = arg;
	const struct play *p;
	struct http_request r;
	struct http_conn c;

	http_conn_init(&c, own->fd);
	while (http_read(&c, own->a, &r) && (p = note(own->server, &r))) {
		http_send(own->fd, p->say, strlen(p->say));
		act(own->server, own->fd, p->act);
		if (p->act != KEEP)
			break;
	}
	http_conn_fini(&c);
	return NULL;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	struct connection *c;
	int fd;

	while (s->connections < MAX_REQUESTS &&
	       (fd = accept(s->listener, NULL, NULL)) >= 0) {
		c = &s->conn[s->connections++];
		*c = (struct connection){ s, arena_new(), 0, fd };
		if (pthread_create(&c->thread, NULL, serve_connection, c))
			abort();
	}
	for (int i = 0; i < s->connections; i++)
		pthread_join(s->conn[i].thread, NULL);
	return NULL;
}

static int on_head(void *ctx, int status, const struct net_header *h, size_t n)
{
	struct got *g = ctx;
	size_t i;

	g->status = status;
	for (i = 0; i < n; i++)
		buf_printf(&g->header, "%.*s=%.*s|", (int)h[i].name.n,
			   h[i].name.p, (int)h[i].value.n, h[i].value.p);
	return ++g->heads == g->refuse_head;
}

static int on_data(void *ctx, struct str bytes)
{
	struct got *g = ctx;

	buf_str(&g->body, bytes);
	if (g->largest < bytes.n)
		g->largest = bytes.n;
	if (g->hang_up > 0)
		close(g->hang_up);
	g->hang_up = 0;
	return g->refuse_data;
}

static int on_tick(void *ctx)
{
	struct got *g = ctx;

	return ++g->ticks == g->refuse_tick;
}

int bed_gone(void *ctx)
{
	(void)ctx;
	return 1;
}

void bed_make(struct bed *b, const struct play *play)
{
	memset(b, 0, sizeof(*b));
	b->ops = net_load(b->err, sizeof(b->err));
	if (!b->ops)
		fail_msg("%s", b->err);
	b->a = arena_new();
	buf_init(&b->got.header, b->a);
	buf_init(&b->got.body, b->a);
	b->server.play = play;
	pthread_mutex_init(&b->server.lock, NULL);
	b->server.listener = http_listen(&b->server.port);
	assert_true(b->server.listener >= 0);
	assert_int_equal(0, pthread_create(&b->server.thread, NULL, serve,
					   &b->server));
	b->net = b->ops->open();
	assert_non_null(b->net);
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%d/v1/x",
		 b->server.port);
	b->call = (struct net_call){
		.method = "POST", .url = b->url, .body = STR("{\"a\":1}"),
		.connect_ms = 10000, .first_byte_ms = 10000, .idle_ms = 10000,
		.gone_fd = -1, .stop_fd = -1, .ctx = &b->got, .head = on_head,
		.data = on_data, .tick = on_tick,
	};
}

enum net_end bed_call(struct bed *b)
{
	return b->ops->call(b->net, &b->call, b->err, sizeof(b->err));
}

/* What is acknowledged lies in the peer's queue. */
void bed_send(struct bed *b, int i, struct str bytes)
{
	int fd = b->server.conn[i].fd, left = 1, tries = 10000;

	assert_int_equal(0, http_send(fd, bytes.p, bytes.n));
	while (left > 0 && tries--) {
		assert_int_equal(0, ioctl(fd, SIOCOUTQ, &left));
		if (left > 0)
			poll(NULL, 0, 1);
	}
	assert_int_equal(0, left);
}

void bed_stop(struct bed *b)
{
	b->ops->close(&b->net);
	assert_null(b->net);
	shutdown(b->server.listener, SHUT_RDWR);
	pthread_join(b->server.thread, NULL);
	close(b->server.listener);
}

void bed_free(struct bed *b)
{
	for (int i = 0; i < b->server.connections; i++)
		arena_free(&b->server.conn[i].a);
	pthread_mutex_destroy(&b->server.lock);
	arena_free(&b->a);
}
