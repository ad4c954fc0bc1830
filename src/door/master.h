/*
 * Prefork: a process that holds the socket and keeps [larder] workers alive.
 * One that dies is forked again, later and later when it dies young. TERM
 * and INT stop them gracefully, HUP makes them reload.
 */
#ifndef DOOR_MASTER_H
#define DOOR_MASTER_H

#include "serve/site.h"

/* Returns the exit status of the process. The site is what the workers
 * start from; path is read again for workers forked after a HUP. */
int master_run(struct site *site, int listen_fd);

#endif
