/*
 * Signals as bytes to read: handlers with SA_RESTART, set before libfcgi
 * looks (it then leaves them alone), write the signal's number to a pipe.
 */
#ifndef DOOR_SIGNALS_H
#define DOOR_SIGNALS_H

/* Catches TERM, INT, HUP and CHLD, ignores PIPE. Returns the descriptor to
 * read signal numbers from (one byte each, non-blocking), or -1. Call again
 * in a child: it gets a pipe of its own. */
int signals_catch(void);

/* Threads started between these two do not handle signals. */
void signals_block(void);
void signals_unblock(void);

#endif
