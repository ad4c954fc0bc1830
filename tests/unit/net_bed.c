#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net_bed.h"

static void act(struct server *s, int fd, enum act what)
{
	struct linger now = { .l_onoff = 1 };

	if (what == RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (what == HOLD && http_linger(fd, 10000) < 0)
		s->closes_seen++;
}

static void serve_connection(struct server *s, int fd)
{
	const struct play *p;
	struct http_conn c;

	http_conn_init(&c, fd);
	while (s->nasked < MAX_REQUESTS && s->play[s->nasked].say &&
	       http_read(&c, s->a, &s->asked[s->nasked])) {
		p = &s->play[s->nasked++];
		http_send(fd, p->say, strlen(p->say));
		act(s, fd, p->act);
		if (p->act != KEEP)
			break;
	}
	http_conn_fini(&c);
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		s->connections++;
		serve_connection(s, fd);
	}
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
	b->server.a = arena_new();
	b->server.play = play;
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
	arena_free(&b->server.a);
	arena_free(&b->a);
}
