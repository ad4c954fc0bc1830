/* Plain CGI (RFC 3875): one process a request. */
#ifndef DOOR_CGI_H
#define DOOR_CGI_H

#include "serve/lane.h"
#include "serve/site.h"

/*
 * Serves the request in the environment and on standard input. SIGTERM,
 * which web servers send when the caller has left, cancels it. The exit
 * status for the process: 0, or 1 for an answer that was cut. That is for
 * web servers that look: Apache and lighttpd do not, and end the answer as if
 * it were whole; Apache corrects the Content-Length of a short one, lighttpd
 * lets the caller wait for the rest.
 *
 * What is left to do behind an answer is done by a child that has nothing of
 * the server's and outlives this process; SIGTERM ends its call.
 */
int cgi_serve(struct site *site, struct lane *lane);

/* A refusal before there is a site (bad configuration): a JSON 500 that says
 * so to the caller and leaves the details to the log. */
void cgi_refuse(void);

#endif
