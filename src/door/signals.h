/*
 * Signals as bytes to read: handlers with SA_RESTART, set before libfcgi
 * looks (it then leaves them alone), write the signal's number to a pipe.
 */
#ifndef DOOR_SIGNALS_H
#define DOOR_SIGNALS_H

#include <signal.h>

/* Catches TERM, INT, HUP and CHLD in the calling thread, ignores PIPE.
 * Returns the descriptor to read signal numbers from (one byte each,
 * non-blocking), or -1. Call again in a child: it gets a pipe of its own. */
int signals_catch(void);

/* Threads and children started between these two do not handle signals,
 * until they call signals_catch. */
void signals_block(sigset_t *old_r);
void signals_restore(const sigset_t *old);

#endif
