/* Between the files of status.h: one walk, and the ways to show a number. */
#ifndef SERVE_STATUS_WALK_H
#define SERVE_STATUS_WALK_H

#include "serve/status.h"

struct walk {
	const struct status_of *of;
	struct arena *a;
	const struct status_eye *eye;
	void *ctx;
};

void walk_show(struct walk *w, const char *name, enum status_kind kind,
	       uint64_t number, const char *say);
void walk_number(struct walk *w, const char *name, uint64_t n,
		 const char *say);
void walk_word(struct walk *w, const char *name, const char *value,
	       const char *say);
/* Picodollars. */
void walk_money(struct walk *w, const char *name, int64_t v, const char *say);

/* What fills sections: status_upstreams.c, status_tally.c. */
void walk_nodes(struct walk *w);
void walk_upstreams(struct walk *w);
void walk_lately(struct walk *w);
void walk_answers(struct walk *w);
void walk_money_all(struct walk *w);
void walk_tokens(struct walk *w);
void walk_models(struct walk *w);
size_t walk_models_n(const struct walk *w);

#endif
