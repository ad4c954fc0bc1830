/*
 * upstream.so: one call after the other on one thread's libcurl multi
 * handles, one for each pool of connections. Every wait is one curl_multi_poll
 * over the upstream's sockets and an epoll set that holds the caller's
 * connection (libcurl's own extra descriptors cannot be asked for POLLRDHUP).
 * The clocks are ours.
 */
#include <curl/curl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "net/curl_ask.h"
#include "net/curl_head.h"
#include "net/curl_pool.h"
#include "net/curl_watch.h"
#include "net/curl_why.h"
#include "net/stack.h"

struct net {
	struct pools pools;
	struct pool *pool; /* of the call under way */
	CURL *easy;
	int watch; /* epoll set for the caller's connection */
	pid_t pid; /* libcurl is not fork-safe: no other may use this */
	bool prepared;
	struct head head;
};

/* One call under way. */
struct transfer {
	struct net *net;
	const struct net_call *call;
	int64_t start_ms;
	int64_t byte_ms; /* when the last byte was dealt with */
	int64_t tick_ms; /* when tick was called last */
	bool connected;  /* the request is on its way */
	bool refused;    /* a callback said no */
	bool metadata;   /* it led where nobody is asked */
	struct watch watch;
	bool shallow;    /* the stack has been given back */
	char detail[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void curl_start(void)
{
	curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void net_close(struct net **np)
{
	struct net *n = *np;

	if (!n)
		return;
	if (n->pid != getpid())
		abort(); /* it would say goodbye on the parent's sockets */
	curl_easy_cleanup(n->easy);
	pools_fini(&n->pools);
	if (n->watch >= 0)
		close(n->watch);
	head_free(&n->head);
	free(n);
	*np = NULL;
}

/* --- what libcurl calls --- */

static int on_request(void *ctx, char *to, char *from, int to_port,
		      int from_port)
{
	struct transfer *t = ctx;

	(void)to, (void)from, (void)to_port, (void)from_port;
	t->connected = true;
	return CURL_PREREQFUNC_OK;
}

/* The callbacks may block on a slow caller; that time is not the
 * upstream's, so clocks start after them. */
static int head_give(struct transfer *t)
{
	struct head *h = &t->net->head;
	/* Not on a stack that would keep the pages for as long as it lives. */
	struct net_header *list = calloc(h->count + 1, sizeof(*list));

	t->refused = !list || (t->call->head &&
		t->call->head(t->call->ctx, h->status, list,
			      head_list(h, list)) != 0);
	free(list);
	head_free(h);
	return t->refused ? -1 : 0;
}

static size_t on_header(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	size_t took = one * n;

	switch (head_line(&t->net->head, (struct str){ p, took })) {
	case HEAD_MORE:
		break;
	case HEAD_FINAL:
		pool_judge(t->net->easy, t->call);
		if (head_give(t) < 0)
			took = 0;
		break;
	case HEAD_BAD:
		took = 0;
		break;
	}
	t->byte_ms = now_ms();
	return took;
}

static size_t on_data(char *p, size_t one, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct str bytes = { p, one * n };

	pool_judge(t->net->easy, t->call);
	if (t->call->data && t->call->data(t->call->ctx, bytes) != 0) {
		t->refused = true;
		return CURL_WRITEFUNC_ERROR;
	}
	t->byte_ms = now_ms();
	return bytes.n;
}

/* After a name that nobody knew libcurl 7.88 keeps its buffer, forgets how large
 * that is, and writes beyond it: only while it has none may the size be set. */
static bool has_buffer(CURL *easy)
{
	return curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
				(long)CURL_MAX_WRITE_SIZE) != CURLE_OK;
}

/* Between two calls rather than at the beginning of one, where a caller waits
 * for it. */
static void prepare(struct net *n)
{
	if (n->easy)
		curl_easy_reset(n->easy); /* of all that the last call said */
	if (n->easy && has_buffer(n->easy)) {
		curl_easy_cleanup(n->easy);
		n->easy = NULL;
	}
	if (!n->easy)
		n->easy = curl_easy_init();
	n->prepared = n->easy && ask_prepare(n->easy) == 0 &&
		!curl_easy_setopt(n->easy, CURLOPT_PREREQFUNCTION,
				  on_request) &&
		!curl_easy_setopt(n->easy, CURLOPT_HEADERFUNCTION, on_header) &&
		!curl_easy_setopt(n->easy, CURLOPT_WRITEFUNCTION, on_data);
}

static int set_callbacks(CURL *easy, struct transfer *t)
{
	if (curl_easy_setopt(easy, CURLOPT_PREREQDATA, t) ||
	    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t) ||
	    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t) ||
	    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail))
		return -1;
	return 0;
}

static struct net *net_open(void)
{
	struct net *n;

	pthread_once(&curl_once, curl_start);
	if (curl_ready != CURLE_OK)
		return NULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->pid = getpid();
	n->watch = epoll_create1(EPOLL_CLOEXEC);
	prepare(n);
	if (n->watch < 0 || !n->easy)
		net_close(&n);
	return n;
}

/* --- clocks --- */

struct limit {
	int64_t at_ms;
	enum net_end end;
};

/* ms after `from`, when there is such a limit and it comes before *l. */
static void limit_sooner(struct limit *l, int64_t from, int64_t ms,
			 enum net_end end)
{
	if (ms > 0 && from + ms < l->at_ms)
		*l = (struct limit){ from + ms, end };
}

/* The limit that applies in this phase and comes first; at_ms is INT64_MAX
 * when there is none. */
static struct limit limit_next(const struct transfer *t)
{
	const struct net_call *c = t->call;
	struct limit l = { INT64_MAX, NET_NO_CONNECT };

	if (head_begun(&t->net->head))
		limit_sooner(&l, t->byte_ms, c->idle_ms, NET_STALLED);
	else
		limit_sooner(&l, t->start_ms, c->first_byte_ms,
			     NET_NO_FIRST_BYTE);
	limit_sooner(&l, t->start_ms, c->total_ms, NET_TOO_LONG);
	if (t->connected)
		return l;
	limit_sooner(&l, t->start_ms, c->connect_ms, NET_NO_CONNECT);
	l.end = NET_NO_CONNECT;
	return l;
}

static int64_t tick_next(const struct transfer *t)
{
	int64_t since = t->byte_ms > t->tick_ms ? t->byte_ms : t->tick_ms;

	if (!t->call->tick || t->call->tick_ms <= 0)
		return INT64_MAX;
	return since + t->call->tick_ms;
}

/* Acts on the clocks. True when the call is over; otherwise *wait_r is how
 * long nothing will be due. */
static bool clocks_ring(struct transfer *t, enum net_end *end_r, int *wait_r)
{
	struct limit l = limit_next(t);
	int64_t now = now_ms(), due;

	if (l.at_ms <= now) {
		*end_r = l.end;
		return true;
	}
	if (tick_next(t) <= now) {
		if (t->call->tick(t->call->ctx) != 0) {
			*end_r = NET_REFUSED;
			return true;
		}
		now = t->tick_ms = now_ms();
	}
	due = tick_next(t) < l.at_ms ? tick_next(t) : l.at_ms;
	*wait_r = due <= now ? 0 : due - now > INT_MAX ? INT_MAX :
							 (int)(due - now);
	return false;
}

/* --- the loop --- */

/* A few us, so not before there is something of an answer. */
static void stack_shorten(struct transfer *t)
{
	if (!t->shallow && head_begun(&t->net->head))
		stack_give_back();
	t->shallow = head_begun(&t->net->head);
}

/* True when libcurl is through with the transfer. */
static bool transfer_finished(struct transfer *t, CURLcode *code_r)
{
	int left;
	CURLMsg *m = curl_multi_info_read(t->net->pool->multi, &left);

	if (!m || m->msg != CURLMSG_DONE)
		return false;
	*code_r = m->data.result;
	return true;
}

static enum net_end finished_end(const struct transfer *t, CURLcode code)
{
	if (t->refused)
		return NET_REFUSED;
	if (code == CURLE_OK && !t->net->head.complete)
		return NET_BROKEN;
	return why_end(code, t->connected);
}

static enum net_end transfer_run(struct transfer *t, CURLcode *code_r)
{
	struct curl_waitfd watch = { t->watch.set, CURL_WAIT_POLLIN, 0 };
	CURLM *multi = t->net->pool->multi;
	enum net_end end;
	int running, wait;

	for (;;) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return t->connected ? NET_BROKEN : NET_NO_CONNECT;
		if (transfer_finished(t, code_r))
			return finished_end(t, *code_r);
		stack_shorten(t);
		if (clocks_ring(t, &end, &wait))
			return end;
		watch_start(&t->watch, t->call);
		if (watch.revents && watch_ends(&t->watch, t->call, &end))
			return end;
		watch.revents = 0;
		if (curl_multi_poll(multi, &watch, 1, wait, NULL) != CURLM_OK)
			return t->connected ? NET_BROKEN : NET_NO_CONNECT;
	}
}

/* A connection is used again only after a good end. (libcurl alone would
 * keep a dead HTTP/2 one after a time-out.) */
static void transfer_leave(struct transfer *t, enum net_end end)
{
	if (end != NET_DONE)
		curl_easy_setopt(t->net->easy, CURLOPT_FORBID_REUSE, 1L);
	pool_leave(t->net->pool, t->net->easy);
}

static enum net_end transfer_do(struct transfer *t, CURLcode *code_r)
{
	enum net_end end;

	t->net->pool = pools_get(&t->net->pools, t->call->pool);
	if (!t->net->pool || pool_join(t->net->pool, t->net->easy) < 0)
		return NET_NO_CONNECT;
	end = transfer_run(t, code_r);
	watch_stop(&t->watch, t->call);
	transfer_leave(t, end);
	return end;
}

static enum net_end net_call(struct net *n, const struct net_call *c,
			     char *err_r, size_t err_n)
{
	struct transfer t = { .net = n, .call = c, .start_ms = now_ms(),
			      .watch.set = n->watch };
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OK;
	enum net_end end;
	long os_errno = 0;

	if (n->pid != getpid())
		abort();
	t.byte_ms = t.start_ms;
	head_reset(&n->head);
	if (!n->prepared || ask_headers(c, &headers) < 0 ||
	    ask_options(n->easy, c, headers, &t.metadata) < 0 ||
	    set_callbacks(n->easy, &t) < 0) {
		code = CURLE_BAD_FUNCTION_ARGUMENT;
		end = NET_NO_CONNECT;
	} else {
		end = transfer_do(&t, &code);
	}
	curl_easy_getinfo(n->easy, CURLINFO_OS_ERRNO, &os_errno);
	if (t.metadata && end == NET_NO_CONNECT)
		snprintf(t.detail, sizeof(t.detail),
			 "it leads to an address of the cloud's own");
	why_line(end, c, code, os_errno, t.detail, err_r, err_n);
	prepare(n);
	free(headers);
	return end;
}

__attribute__((visibility("default")))
extern const struct net_ops larder_net;

const struct net_ops larder_net = {
	.abi = NET_ABI,
	.open = net_open,
	.close = net_close,
	.call = net_call,
};
