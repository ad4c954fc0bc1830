/*
 * What other hosts have purged, before a key is made. A few loads, but once
 * in `sync` of [memcached] an exchange with each node; that may be the first
 * thing a CGI process does with memcached.
 */
#include "serve/steps.h"

enum go step_heed(struct req *r)
{
	tier_sync(&r->walk, r->a, false);
	return GO_ON;
}
