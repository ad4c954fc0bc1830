/*
 * Is a memcached node worth asking? Kept on the board, so that one process
 * learns for all: a CGI process would otherwise find out each death anew. A
 * node that hangs is as dead as one that is gone.
 */
#ifndef STORE_NODE_H
#define STORE_NODE_H

#include "store/board.h"

/* Two failures within ten seconds turn a node off; for 0.5 s at first, then
 * twice as long each time up to 2 s, less up to a quarter at random, so that
 * it is in full use again within 5 s of its return. */

/* The node of that name, its place taken if need be; NULL when the board is
 * full (then it is asked without a breaker... by nobody: it is not used). */
struct board_node *node_find(struct board *b, const char *name);

enum node_use {
	NODE_USE,   /* ask it */
	NODE_PROBE, /* it was off: you alone may try it now */
	NODE_OFF,   /* do without */
};
enum node_use node_use(struct board_node *n, int64_t mono_ms);

/* How asking ended: in time (whatever it answered), or not. A probe that
 * went well puts the node back into use. */
void node_good(struct board_node *n, int64_t mono_ms);
void node_bad(struct board_node *n, int64_t mono_ms, uint64_t random);

#endif
