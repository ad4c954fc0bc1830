/* Errors in the dialect that was asked in, and replies that are no replies. */
#ifndef FAKE_FAULT_H
#define FAKE_FAULT_H

#include "fake/http.h"
#include "fake/turn.h"

bool fault_anthropic(const struct http_request *r);

/* An error reply. */
void fault_reply(struct turn *t, const struct http_request *r, int status,
		 const char *text);

/* Gives out the error event that [[errorevent]] sends. */
void fault_event(struct turn *t, const struct http_request *r);

/* Does what the script wants instead of an answer; false when it wants
 * one. */
bool fault_scripted(struct turn *t, const struct http_request *r);

/* A reply that nobody asked for, on the connection of one that somebody
 * did. */
void fault_behind(struct turn *t);

#endif
