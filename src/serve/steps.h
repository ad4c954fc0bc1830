/* The rooms of the corridor; corridor.c alone knows their order. */
#ifndef SERVE_STEPS_H
#define SERVE_STEPS_H

#include "serve/req.h"

enum go {
	GO_ON,  /* to the next step */
	GO_OUT, /* an answer or a refusal is known: on to the way out */
};

enum go step_admit(struct req *r);
enum go step_heed(struct req *r);
enum go step_memo(struct req *r);
enum go step_parse(struct req *r);
enum go step_pin(struct req *r);
enum go step_shape(struct req *r);
enum go step_key(struct req *r);
enum go step_lookup(struct req *r);
enum go step_fetch(struct req *r);

enum go step_store(struct req *r);
enum go step_reply(struct req *r);
enum go step_log(struct req *r);

#endif
