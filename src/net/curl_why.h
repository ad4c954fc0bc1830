/* Turns the end of a transfer into one line an operator can act on. */
#ifndef NET_CURL_WHY_H
#define NET_CURL_WHY_H

#include <curl/curl.h>

#include "net/net.h"

/* The end a finished transfer came to. `connected`: the request was on its
 * way, so the peer may have seen it. */
enum net_end why_end(CURLcode code, bool connected);

/*
 * One line without secrets: the host and port, never the URL (it may carry
 * credentials) and never a header. `detail` is libcurl's own text, or "";
 * os_errno is 0 when no system call is to blame.
 */
void why_line(enum net_end end, const struct net_call *c, CURLcode code,
	      long os_errno, const char *detail, char *err_r, size_t err_n);

#endif
