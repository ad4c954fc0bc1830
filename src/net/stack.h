/* The stack of a thread that waits. */
#ifndef NET_STACK_H
#define NET_STACK_H

/*
 * Gives the pages back that were touched below here, but for a few that will
 * be again: what a request needs once, a thousand slow streams would keep. Of
 * the first thread it gives nothing.
 */
void stack_give_back(void);

#endif
