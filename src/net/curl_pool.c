#include "net/curl_pool.h"

#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* libcurl brings it when it was built with OpenSSL. */
extern int SSL_pending(const void *ssl) __attribute__((weak));

/* Where it is, or where it may be made: a free place has never been used. */
static size_t find(const struct pools *p, uint64_t number)
{
	size_t oldest = 0;

	for (size_t i = 0; i < NET_POOLS; i++) {
		if (p->at[i].multi && p->at[i].number == number)
			return i;
		if (p->at[i].used < p->at[oldest].used)
			oldest = i;
	}
	return oldest;
}

static void pool_close(struct pool *p)
{
	curl_multi_cleanup(p->multi);
	p->multi = NULL;
	p->nkept = 0;
}

static void pool_open(struct pool *p)
{
	p->multi = curl_multi_init();
	if (p->multi && curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS,
					  (long)POOL_KEPT) != CURLM_OK)
		pool_close(p);
}

struct pool *pools_get(struct pools *p, uint64_t number)
{
	struct pool *at = &p->at[find(p, number)];

	if (at->multi && at->number != number)
		pool_close(at);
	if (!at->multi)
		pool_open(at);
	at->number = number;
	at->used = ++p->calls;
	return at->multi ? at : NULL;
}

void pools_fini(struct pools *p)
{
	for (size_t i = 0; i < NET_POOLS; i++)
		pool_close(&p->at[i]);
}

/* --- what is kept --- */

static void kept_del(struct pool *p, int fd)
{
	for (size_t i = 0; i < p->nkept; i++)
		if (p->kept[i] == fd) {
			p->kept[i] = p->kept[--p->nkept];
			return;
		}
}

/* libcurl closes here whatever it once had a transfer on. */
static int close_socket(void *ctx, curl_socket_t fd)
{
	kept_del(ctx, fd);
	return close(fd);
}

/* libcurl takes a connection for dead when it reads its end: nothing must
 * come before that. Behind a shutdown the peer can add no more. */
static void connection_end(int fd)
{
	char rest[4096];

	shutdown(fd, SHUT_RDWR);
	while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
}

/* All of them when they cannot be asked: a signal came, memory is out. */
static void end_the_readable(const struct pool *p)
{
	struct pollfd fds[POOL_KEPT];
	int n;

	for (size_t i = 0; i < p->nkept; i++)
		fds[i] = (struct pollfd){ p->kept[i], POLLIN | POLLRDHUP, 0 };
	n = poll(fds, p->nkept, 0);
	for (size_t i = 0; n != 0 && i < p->nkept; i++)
		if (n < 0 || fds[i].revents)
			connection_end(fds[i].fd);
}

/* Only what has had a transfer: of other sockets libcurl 7.88 closes some
 * without a word, and their numbers become another's. */
static void kept_add(struct pool *p, int fd)
{
	kept_del(p, fd);
	if (p->nkept < POOL_KEPT)
		p->kept[p->nkept++] = fd;
	else
		connection_end(fd);
}

int pool_join(struct pool *p, CURL *easy)
{
	end_the_readable(p);
	if (curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
			     close_socket) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, p) != CURLE_OK)
		return -1;
	return curl_multi_add_handle(p->multi, easy) == CURLM_OK ? 0 : -1;
}

void pool_leave(struct pool *p, CURL *easy)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	/* None when it has been closed. */
	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		kept_add(p, fd);
	curl_multi_remove_handle(p->multi, easy);
}

static bool is_https(const char *url)
{
	return url && strncasecmp(url, "https:", 6) == 0;
}

bool pool_has_tls(const struct net_call *c)
{
	return is_https(c->url) || is_https(c->proxy);
}

/* TLS within a proxy's TLS has records in records; another library than
 * OpenSSL is not asked. */
static bool bytes_may_hide(CURL *easy, const struct net_call *c)
{
	struct curl_tlssessioninfo *tls = NULL;
	long version = 0;

	if (!pool_has_tls(c))
		return false;
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	if (version >= CURL_HTTP_VERSION_2_0)
		return false;
	if (is_https(c->url) && is_https(c->proxy))
		return true;
	if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK ||
	    tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals ||
	    !SSL_pending)
		return true;
	return SSL_pending(tls->internals) > 0;
}

void pool_judge(CURL *easy, const struct net_call *c)
{
	if (bytes_may_hide(easy, c))
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}
