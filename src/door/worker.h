/*
 * One process that serves a listening socket with threads. Starts with one
 * thread and adds others as they are needed (door/crew.h), up to [larder]
 * threads: under mod_fcgid, which sends one request at a time, there are two.
 *
 * SIGTERM and SIGINT stop it gracefully: answers in flight get [larder]
 * grace. SIGHUP reads the configuration again; when it is bad, a log line
 * says why and the old one stays.
 *
 * What is left to do behind answers is done by threads of its own, never more
 * than half as many as may wait for an upstream: it must not be why a caller
 * is refused. The grace is for what they have begun as well; what waits for
 * one of them is then dropped.
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
