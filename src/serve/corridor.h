/* The way of a request, from door to log. */
#ifndef SERVE_CORRIDOR_H
#define SERVE_CORRIDOR_H

#include "serve/door.h"
#include "serve/lane.h"
#include "serve/site.h"

/* Answers one request. Never fails: whatever happens, the door got an
 * answer, and the log its line. Resets the lane's arena. */
void corridor_walk(struct site *site, struct lane *lane, struct door *door);

#endif
