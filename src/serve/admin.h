/* The pages for whoever runs larder, behind [admin] key_file. */
#ifndef SERVE_ADMIN_H
#define SERVE_ADMIN_H

#include "serve/req.h"

/* Has the request the admin key, as a bearer token or as the password of any
 * user? 0, or -1 with r->fail; without a key there are no such pages. */
int admin_check(struct req *r);

/* Appends what was asked for: metrics, or the status page, JSON when Accept
 * names that and no HTML. Gives its Content-Type. */
const char *admin_page(struct req *r, struct buf *out);

#endif
