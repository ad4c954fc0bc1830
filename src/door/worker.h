/*
 * One process that serves a listening socket with threads. Starts with one
 * thread and adds another whenever all are busy, up to [larder] threads: so
 * under mod_fcgid, which sends one request at a time, there are two.
 *
 * SIGTERM and SIGINT stop it gracefully: answers in flight get [larder]
 * grace. SIGHUP reads the configuration again; when it is bad, a log line
 * says why and the old one stays.
 *
 * A thread that cannot serve ends; the process ends with the last of them.
 */
#ifndef DOOR_WORKER_H
#define DOOR_WORKER_H

#include "serve/site.h"

/* Serves until it is told to stop; takes over the caller's reference to
 * site. Returns the exit status of the process. */
int worker_run(struct site *site, int listen_fd);

#endif
