/*
 * The way back to the client, where the script does its mischief. After a
 * cut, stall or error event everything further is swallowed, so that the
 * dialects can go on as if nothing had happened.
 */
#ifndef FAKE_OUT_H
#define FAKE_OUT_H

#include "base/buf.h"
#include "fake/script.h"

enum out_state {
	OUT_OPEN,
	OUT_MUTED, /* ended well-formed before its time */
	OUT_DEAD,  /* nothing can be sent: close the connection */
};

struct out {
	int fd;
	struct arena *a;
	const struct script *s;
	const char *headers; /* more header lines, each with its CRLF */
	const char *error_name; /* the event [[errorevent]] sends, or NULL */
	const char *error_json;
	enum out_state state;
	bool streaming, client_left;
	int pieces; /* let through so far */
};

/* A whole reply with a content-length. */
void out_body(struct out *o, int status, const char *type, struct str body);

/* A stream of events: start, events, gate before each piece of content and
 * once before what ends the stream, end. */
void out_start(struct out *o);
void out_event(struct out *o, const char *name, struct str json);
void out_gate(struct out *o);
void out_end(struct out *o);

/* Ends the connection with RST, as soon as it is closed. */
void out_reset(struct out *o);
/* The client went away while the script made it wait. */
void out_left(struct out *o);

#endif
