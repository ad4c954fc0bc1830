/* Addresses at which clouds hand machines their own credentials. No API of a
 * provider lives there; a name that leads there was made to. */
#ifndef NET_METADATA_H
#define NET_METADATA_H

#include <netinet/in.h>
#include <stdbool.h>

/* Also when the IPv4 address stands within an IPv6 one. */
bool metadata_v4(const struct in_addr *a);
bool metadata_v6(const struct in6_addr *a);

#endif
