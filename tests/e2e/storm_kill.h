/* SIGKILL for processes called "larder", every few milliseconds, from a
 * thread of its own. */
#ifndef STORM_KILL_H
#define STORM_KILL_H

#include <stdbool.h>
#include <sys/types.h>

void kill_among(pid_t group); /* one more; its leader is spared */
void kill_times(unsigned long n);

bool kill_wanted(void);
void kill_start(void);
bool kill_over(void); /* as many as wanted */
unsigned long kill_count(void);
void kill_stop(void);

#endif
