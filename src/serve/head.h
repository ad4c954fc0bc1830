/* The head of a response: status, Cache-Status (RFC 9211) and X-Larder-*. */
#ifndef SERVE_HEAD_H
#define SERVE_HEAD_H

#include "serve/req.h"

#define HEAD_STREAM "text/event-stream; charset=utf-8"

/*
 * Writes the head to the door, once. length -1: not known (a stream). Fills
 * r->sent. 0, or -1 when the caller is gone.
 */
int head_send(struct req *r, int status, const char *type, int64_t length);

/* The head of a stream before there is anything to say of an answer: so that
 * comments can be sent that keep the caller. */
int head_send_early(struct req *r);

#endif
