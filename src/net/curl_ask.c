#include "net/curl_ask.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/count.h"
#include "net/curl_pool.h"
#include "net/metadata.h"

/* Ours to decide: the framing, the connection, and that nothing is packed
 * (whoever reads the reply wants it plain). */
static const char *const never_sent[] = {
	"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
	"Proxy-Connection", "Proxy-Authorization", "Proxy", "TE", "Trailer",
	"Upgrade", "Expect", "Host", "Accept-Encoding", "HTTP2-Settings",
};

/* What libcurl adds unless it is told not to: a name without a value. */
static const char *const curl_habits[] = {
	"Expect", "Accept", "Content-Type", "User-Agent",
};

static bool token_ok(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?={}", c))
			return false;
	}
	return s.n > 0;
}

static bool value_ok(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 127)
			return false;
	}
	return true;
}

static bool is_never_sent(struct str name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(never_sent); i++)
		if (str_ieq(name, str_c(never_sent[i])))
			return true;
	return false;
}

/* The list and its text, in one piece of memory. */
struct lines {
	struct curl_slist *at; /* those that are free */
	char *text;            /* the same */
};

static void line_add(struct lines *l, struct str name, struct str colon,
		     struct str value)
{
	struct curl_slist *line = l->at++;

	line->data = l->text;
	line->next = l->at;
	l->text = mempcpy(l->text, name.p, name.n);
	l->text = mempcpy(l->text, colon.p, colon.n);
	l->text = mempcpy(l->text, value.p, value.n);
	*l->text++ = '\0';
}

/* To libcurl "Name:" means leave it out, "Name;" means empty. */
static int header_add(struct lines *l, const struct net_header *h)
{
	struct str value = str_trim(h->value);

	if (!token_ok(h->name) || !value_ok(value))
		return -1;
	if (!is_never_sent(h->name))
		line_add(l, h->name, value.n ? STR(": ") : STR(";"), value);
	return 0;
}

static bool header_given(const struct net_call *c, struct str name)
{
	size_t i;

	for (i = 0; i < c->nheader; i++)
		if (str_ieq(c->header[i].name, name))
			return !is_never_sent(c->header[i].name);
	return false;
}

static void habits_off(struct lines *l, const struct net_call *c)
{
	size_t i;

	for (i = 0; i < COUNT_OF(curl_habits); i++)
		if (!header_given(c, str_c(curl_habits[i])))
			line_add(l, str_c(curl_habits[i]), STR(":"), STR(""));
}

static struct curl_slist *lines_new(struct lines *l, const struct net_call *c)
{
	size_t n = c->nheader + COUNT_OF(curl_habits), text = 0, i;

	for (i = 0; i < COUNT_OF(curl_habits); i++)
		text += strlen(curl_habits[i]) + 2;
	for (i = 0; i < c->nheader; i++)
		text += c->header[i].name.n + c->header[i].value.n + 3;
	l->at = malloc(n * sizeof(*l->at) + text);
	l->text = (char *)(l->at + n);
	return l->at;
}

int ask_headers(const struct net_call *c, struct curl_slist **list_r)
{
	struct lines l;
	struct curl_slist *list = lines_new(&l, c);
	size_t i;

	for (i = 0; list && i < c->nheader; i++)
		if (header_add(&l, &c->header[i]) < 0)
			break;
	if (!list || i < c->nheader) {
		free(list);
		return -1;
	}
	habits_off(&l, c);
	l.at[-1].next = NULL;
	*list_r = list;
	return 0;
}

static bool leads_to_metadata(const struct sockaddr *to)
{
	const void *at = to;

	if (to->sa_family == AF_INET)
		return metadata_v4(&((const struct sockaddr_in *)at)->sin_addr);
	return to->sa_family == AF_INET6 &&
	       metadata_v6(&((const struct sockaddr_in6 *)at)->sin6_addr);
}

/* Every connection is made here: the last look at where a name led. (And
 * libcurl 7.88 forgets close-on-exec.) */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
				 struct curl_sockaddr *a)
{
	bool *metadata = ctx;

	(void)purpose;
	if (leads_to_metadata(&a->addr)) {
		*metadata = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* POSTFIELDS are not copied; libcurl can send them again when a kept
 * connection turns out to be dead. */
static CURLcode set_method(CURL *easy, const struct net_call *c)
{
	CURLcode rc = CURLE_OK;

	if (strcmp(c->method, "HEAD") == 0)
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	if (c->body.n || strcmp(c->method, "POST") == 0) {
		rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)c->body.n);
		if (rc == CURLE_OK)
			rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
					      c->body.n ? c->body.p : "");
		if (rc == CURLE_OK && strcmp(c->method, "POST") == 0)
			return rc;
	} else if (strcmp(c->method, "GET") == 0) {
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, c->method);
	return rc;
}

/* What never changes, and 0 turns off. */
static CURLcode set_numbers(CURL *easy)
{
	static const struct {
		CURLoption opt;
		long v;
	} set[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_UNRESTRICTED_AUTH, 0 },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		/* What was checked is what is sent. */
		{ CURLOPT_PATH_AS_IS, 1 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		/* A proxy sees no header but its own, and its answer to
		 * CONNECT is nobody's. */
		{ CURLOPT_HEADEROPT, CURLHEADER_SEPARATE },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_TCP_NODELAY, 1 },
		{ CURLOPT_TCP_KEEPALIVE, 1 },
		{ CURLOPT_HTTP_CONTENT_DECODING, 0 },
		/* Never wait for a hanging resolver thread to come home. */
		{ CURLOPT_QUICK_EXIT, 1 },
	};
	CURLcode rc = CURLE_OK;
	size_t i;

	for (i = 0; rc == CURLE_OK && i < COUNT_OF(set); i++)
		rc = curl_easy_setopt(easy, set[i].opt, set[i].v);
	return rc;
}

/* Our own loop keeps the time; libcurl is told too, so that it goes on to
 * a host's next address early enough. Its 0 would mean 300 s. */
static long connect_limit(int64_t ms)
{
	return ms > 0 && ms < INT_MAX ? (long)ms : INT_MAX;
}

/* All that could come from elsewhere is said: "" is none, where NULL would
 * be what the environment has. */
int ask_prepare(CURL *easy)
{
	if (set_numbers(easy) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(easy, CURLOPT_PROXY, "") ||
	    curl_easy_setopt(easy, CURLOPT_PRE_PROXY, "") ||
	    curl_easy_setopt(easy, CURLOPT_NOPROXY, "") ||
	    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket))
		return -1;
	return 0;
}

static CURLcode set_way(CURL *easy, const struct net_call *c)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, c->url);

	if (rc == CURLE_OK && c->proxy)
		rc = curl_easy_setopt(easy, CURLOPT_PROXY, c->proxy);
	if (rc == CURLE_OK && c->ca_file)
		rc = curl_easy_setopt(easy, CURLOPT_CAINFO, c->ca_file);
	return rc;
}

int ask_options(CURL *easy, const struct net_call *c,
		struct curl_slist *headers, bool *metadata)
{
	if (!token_ok(str_c(c->method)) ||
	    set_method(easy, c) != CURLE_OK || set_way(easy, c) != CURLE_OK)
		return -1;
	if (curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA,
			     metadata) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			     connect_limit(c->connect_ms)) != CURLE_OK)
		return -1;
	if (c->piece && !pool_has_tls(c) &&
	    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)c->piece) !=
	    CURLE_OK)
		return -1;
	return 0;
}
