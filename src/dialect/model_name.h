/* A model's name as its maker has it. */
#ifndef DIALECT_MODEL_NAME_H
#define DIALECT_MODEL_NAME_H

#include "base/str.h"

/* Without who sells it, and that it was tuned: "openai/", "azure/eu/",
 * "openai.", "ft:". */
static inline struct str model_bare(struct str model)
{
	const char *slash = model.n ? memrchr(model.p, '/', model.n) : NULL;

	if (slash)
		model = str_from(model, (size_t)(slash - model.p) + 1);
	if (str_istarts(model, STR("openai.")))
		model = str_from(model, 7);
	if (str_istarts(model, STR("ft:")))
		model = str_from(model, 3);
	return model;
}

#endif
