/*
 * Collects the header lines of one reply as libcurl hands them over: skips
 * interim (1xx) replies, forgets trailers, bounds everything.
 */
#ifndef NET_CURL_HEAD_H
#define NET_CURL_HEAD_H

#include "net/net.h"

#define HEAD_MAX_HEADERS 256
#define HEAD_MAX_BYTES (256 * 1024)

struct head {
	char *text; /* all lines of this reply, one behind the other */
	size_t n, cap;
	size_t count;
	int status;    /* of the reply being read; 0 before its first line */
	bool complete; /* the final reply's blank line was seen */
	struct head_at {
		uint32_t name, name_n, value, value_n; /* into text */
	} *at;
	size_t at_cap;
};

enum head_says {
	HEAD_MORE,  /* go on */
	HEAD_FINAL, /* that was the last line: status and headers stand */
	HEAD_BAD,   /* too many, too long, or not HTTP */
};

/* Ready for another reply; keeps its memory. */
void head_reset(struct head *h);
/* Frees what the lines took, once they have been read; the status stays. */
void head_free(struct head *h);

/* One line, its line end included. */
enum head_says head_line(struct head *h, struct str line);

/* The final reply's first line came (its headers may still be missing). */
static inline bool head_begun(const struct head *h)
{
	return h->status >= 200;
}

/* The headers, pointing into h; returns how many. */
size_t head_list(const struct head *h, struct net_header *out_r);

#endif
