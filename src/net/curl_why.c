#include "net/curl_why.h"

#include <stdio.h>

#include "base/count.h"

/* Failures to connect, even if an earlier, dead connection swallowed the
 * request first. */
static const CURLcode never_sent[] = {
	CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
	CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_SSL_CONNECT_ERROR,
	CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
};

enum net_end why_end(CURLcode code, bool connected)
{
	size_t i;

	if (code == CURLE_OK)
		return NET_DONE;
	for (i = 0; i < COUNT_OF(never_sent); i++)
		if (never_sent[i] == code)
			return NET_NO_CONNECT;
	return connected ? NET_BROKEN : NET_NO_CONNECT;
}

/* "api.openai.com port 443". */
static void peer_name(const char *url, char *out_r, size_t n)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;

	snprintf(out_r, n, "the upstream");
	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &port,
			 CURLU_DEFAULT_PORT) == CURLUE_OK)
		snprintf(out_r, n, "%s port %s", host, port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

/* A peer may have a hand in libcurl's text: keep it on one line. */
static void one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = ' ';
}

static void connect_line(const char *peer, bool proxy, CURLcode code,
			 long os_errno, const char *why, char *err_r,
			 size_t err_n)
{
	char text[128];

	switch (code) {
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_LOGIN_DENIED: /* a user or password stands in it */
		snprintf(err_r, err_n, "the upstream's URL is not valid");
		break;
	case CURLE_BAD_FUNCTION_ARGUMENT:
		snprintf(err_r, err_n, "the request's method or one of its "
			 "headers is not valid");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		snprintf(err_r, err_n, "found no address for the proxy");
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(err_r, err_n, "found no address for %s", peer);
		break;
	case CURLE_COULDNT_CONNECT:
		if (os_errno)
			why = strerror_r((int)os_errno, text, sizeof(text));
		/* fall through */
	default:
		snprintf(err_r, err_n, "could not connect to %s%s (%s)", peer,
			 proxy ? " through the proxy" : "", why);
	}
}

void why_line(enum net_end end, const struct net_call *c, CURLcode code,
	      long os_errno, const char *detail, char *err_r, size_t err_n)
{
	const char *why = *detail ? detail : curl_easy_strerror(code);
	char peer[300] = "";

	if (end != NET_DONE)
		peer_name(c->url, peer, sizeof(peer));
	switch (end) {
	case NET_DONE:
		return;
	case NET_NO_CONNECT:
		if (code == CURLE_OK || code == CURLE_OPERATION_TIMEDOUT)
			why = "it took too long";
		connect_line(peer, c->proxy != NULL, code, os_errno, why,
			     err_r, err_n);
		break;
	case NET_NO_FIRST_BYTE:
		snprintf(err_r, err_n, "no reply from %s within %lld ms",
			 peer, (long long)c->first_byte_ms);
		break;
	case NET_STALLED:
		snprintf(err_r, err_n, "%s fell silent for %lld ms amid its "
			 "reply", peer, (long long)c->idle_ms);
		break;
	case NET_TOO_LONG:
		snprintf(err_r, err_n, "%s had not ended its reply after %lld "
			 "ms", peer, (long long)c->total_ms);
		break;
	case NET_BROKEN:
		snprintf(err_r, err_n, "%s broke off (%s)", peer, why);
		break;
	case NET_CALLER_GONE:
		snprintf(err_r, err_n, "the caller hung up");
		break;
	case NET_STOPPED:
		snprintf(err_r, err_n, "the process is ending");
		break;
	case NET_REFUSED:
		snprintf(err_r, err_n, "the reply of %s was not wanted", peer);
		break;
	}
	one_line(err_r);
}
