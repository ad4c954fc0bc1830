/* The tables that settings_rows.c puts together; a part of settings.c. */
#ifndef SERVE_SETTINGS_ROWS_H
#define SERVE_SETTINGS_ROWS_H

#include "serve/settings.h"

#define AT(type, member) offsetof(struct type, member)

/* settings_thrift.c: what lowers the bill */
extern const struct conf_row settings_model_rows[], settings_route_rows[],
	settings_history_rows[], settings_prompt_cache_rows[],
	settings_answers_rows[];

/* settings_ledger.c: what may be spent */
extern const struct conf_row settings_budget_rows[], settings_alarm_rows[];

#endif
