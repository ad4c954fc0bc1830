/* The socket of `larder serve`. */
#ifndef DOOR_LISTEN_H
#define DOOR_LISTEN_H

#include <stddef.h>

/*
 * Binds and listens on a path (mode 0660, missing directories 0755; a socket
 * nobody answers on is replaced) or on a loopback address such as
 * 127.0.0.1:9000. The descriptor, or -1 with one line in err_r.
 */
int listen_open(const char *where, char *err_r, size_t err_n);

/* Removes the path again, when it is one. */
void listen_remove(const char *where);

#endif
