/* Between the files of status.h: one walk, and the ways to show a number. */
#ifndef SERVE_STATUS_WALK_H
#define SERVE_STATUS_WALK_H

#include "serve/status.h"

struct walk_budgets; /* of status_budgets.c */

struct walk {
	const struct status_of *of;
	struct arena *a;
	const struct status_eye *eye;
	void *ctx;
	const struct walk_budgets *budgets; /* NULL: there are none */
};

#define WALK_TENANTS 64 /* so many of those who have budgets are shown */

void walk_show(struct walk *w, const char *name, enum status_kind kind,
	       uint64_t number, const char *say);
void walk_number(struct walk *w, const char *name, uint64_t n,
		 const char *say);
void walk_word(struct walk *w, const char *name, const char *value,
	       const char *say);
/* Picodollars. */
void walk_money(struct walk *w, const char *name, int64_t v, const char *say);

/* What fills sections, and how many items it has: status_upstreams.c, */
void walk_nodes(struct walk *w);
size_t walk_nodes_n(const struct walk *w);
void walk_upstreams(struct walk *w);
size_t walk_upstreams_n(const struct walk *w);
/* status_tally.c, */
void walk_lately(struct walk *w);
void walk_answers(struct walk *w);
void walk_money_all(struct walk *w);
void walk_tokens(struct walk *w);
void walk_models(struct walk *w);
size_t walk_models_n(const struct walk *w);
/* and status_budgets.c, which reads the book only once a walk. */
void walk_budgets_read(struct walk *w);
void walk_budgets(struct walk *w);
size_t walk_budgets_n(const struct walk *w);
void walk_budget_tenants(struct walk *w);
size_t walk_budget_tenants_n(const struct walk *w);

#endif
