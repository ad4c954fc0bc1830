/* Puts one call's request onto an easy handle. */
#ifndef NET_CURL_ASK_H
#define NET_CURL_ASK_H

#include <curl/curl.h>

#include "net/net.h"

/*
 * The request's headers as libcurl wants them, its own habits (Accept,
 * Content-Type, Expect) switched off. Headers that frame the message or
 * belong to one hop are left out. -1 when a name or value has bytes that
 * could end the line, or memory is out. The caller frees *list_r, which is
 * one piece of memory.
 */
int ask_headers(const struct net_call *c, struct curl_slist **list_r);

/* Safety belts, and all that is the same for each call. -1 when libcurl
 * refuses one. */
int ask_prepare(CURL *easy);

/* The rest: method, URL, body; -1 when libcurl refuses one or the method is no
 * token. *metadata is set when the call later comes upon an
 * address that is not connected to (metadata.h). */
int ask_options(CURL *easy, const struct net_call *c,
		struct curl_slist *headers, bool *metadata);

#endif
