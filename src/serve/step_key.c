/* The canonical name of the effective request, and whether it has one. */
#include "serve/aim.h"
#include "serve/steps.h"

enum go step_key(struct req *r)
{
	if (shape_unread(r->asked.endpoint.shape))
		return GO_ON;
	return aim_key(r) < 0 ? GO_OUT : GO_ON;
}
