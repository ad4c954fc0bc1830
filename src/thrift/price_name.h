/* The names under which a table may know a model. Private to price*.c. */
#ifndef THRIFT_PRICE_NAME_H
#define THRIFT_PRICE_NAME_H

#include "thrift/price_image.h"

/*
 * The row of a model: its name as it stands; behind its provider
 * ("openai/", "us.anthropic."); without what tells editions apart at its end
 * (-2024-08-06, -20250929, @20250929, -v1:0, -latest), with and behind its
 * provider; and for a bare name, behind the one company that makes it
 * ("deepseek/"), if the table has it so. Only whole names of the table are
 * ever taken, and a host that sells others' models at prices of its own, or
 * runs them here, is never cut off. NULL when there is none.
 */
const struct price_row *price_name_find(const struct price_image *img,
					const char *model);

/* Does the search for a model's row come by that name, before it asks makers?
 * So an edition is its model, and the model not its edition. */
bool price_name_is(const char *model, const char *name);

#endif
