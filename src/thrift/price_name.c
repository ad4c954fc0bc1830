#include "thrift/price_name.h"

#include "base/count.h"

/* Whose prices are their own, or nobody's. */
static const char *const hosts[] = {
	"baseten", "cerebras", "deepinfra", "fireworks_ai", "github_copilot",
	"groq", "hosted_vllm", "huggingface", "hyperbolic", "lambda_ai",
	"llamacpp", "llamafile", "lm_studio", "local", "nebius", "novita",
	"nscale", "ollama", "ollama_chat", "ovhcloud", "replicate",
	"sambanova", "together_ai", "vllm", "wandb",
};

static const char *const regions[] = {
	"apac.", "au.", "ca.", "eu.", "global.", "jp.", "us.", "us-gov.",
};

static const char *const vendors[] = {
	"ai21.", "amazon.", "anthropic.", "cohere.", "google.", "meta.",
	"mistral.", "openai.",
};

/* Who makes the models that the table has behind his name. */
static const char *const makers[] = {
	"deepseek/", "gemini/", "minimax/", "mistral/", "moonshot/", "xai/",
	"zai/",
};

/* Ends that name an edition: 0 is a digit, anything else itself. */
static const char *const ends[] = {
	"-0000-00-00", "-00000000", "@0000-00-00", "@00000000", "-latest",
	"@latest", "@default", "-v0:0",
};

/* -- behind a provider ----------------------------------------------------- */

static bool is_host(struct str s)
{
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		if (str_is(s, hosts[i]))
			return true;
	return false;
}

static bool cut_one(struct str *s, const char *const *heads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_starts(*s, str_c(heads[i])))
			continue;
		*s = str_from(*s, strlen(heads[i]));
		return true;
	}
	return false;
}

/* Cuts one provider off; false when there is none that may be cut. */
static bool cut_provider(struct str *s)
{
	const char *slash = memchr(s->p, '/', s->n);
	struct str head;

	if (!slash)
		return cut_one(s, regions, COUNT_OF(regions)) ||
		       cut_one(s, vendors, COUNT_OF(vendors));
	head = (struct str){ s->p, (size_t)(slash - s->p) };
	if (is_host(head))
		return false;
	*s = str_from(*s, head.n + 1);
	return true;
}

static const struct price_row *find_behind(const struct price_image *img,
					   struct str *name)
{
	const struct price_row *row = price_image_find(img, *name);

	while (!row && cut_provider(name))
		row = price_image_find(img, *name);
	return row;
}

/* The one maker's; of several that have a model of that name, none. */
static const struct price_row *find_made(const struct price_image *img,
					 struct str name)
{
	const struct price_row *row = NULL, *next;
	char whole[PRICE_LONGEST_NAME + 16];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(makers); i++) {
		n = strlen(makers[i]);
		memcpy(whole, makers[i], n);
		memcpy(whole + n, name.p, name.n);
		next = price_image_find(img, (struct str){ whole,
							   n + name.n });
		if (row && next)
			return NULL;
		row = row ? row : next;
	}
	return row;
}

/* -- without an edition ---------------------------------------------------- */

static bool ends_like(struct str s, const char *form)
{
	size_t n = strlen(form), i;
	const char *at = s.p + s.n - n;

	if (s.n <= n)
		return false;
	for (i = 0; i < n; i++)
		if (form[i] == '0' ? at[i] < '0' || at[i] > '9' :
				     at[i] != form[i])
			return false;
	return true;
}

/* ft:gpt-4o-2024-08-06:company::name costs what ft:gpt-4o-2024-08-06 does. */
static bool cut_tuning(const char *name, size_t *n)
{
	const char *second = NULL;

	if (str_starts((struct str){ name, *n }, STR("ft:")))
		second = memchr(name + 3, ':', *n - 3);
	if (second)
		*n = (size_t)(second - name);
	return second != NULL;
}

/* name@20250929 is the name-20250929 of others, and else without it. */
static bool cut_edition(char *name, size_t *n)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		if (!ends_like((struct str){ name, *n }, ends[i]))
			continue;
		if (ends[i][0] == '@' && ends[i][1] == '0')
			name[*n - strlen(ends[i])] = '-';
		else
			*n -= strlen(ends[i]);
		return true;
	}
	return cut_tuning(name, n);
}

const struct price_row *price_name_find(const struct price_image *img,
					const char *model)
{
	size_t n = strnlen(model, PRICE_LONGEST_NAME);
	char name[PRICE_LONGEST_NAME];
	const struct price_row *row;
	struct str rest;

	if (n == PRICE_LONGEST_NAME)
		return NULL;
	memcpy(name, model, n);
	do {
		rest = (struct str){ name, n };
		row = find_behind(img, &rest);
		if (!row && !memchr(rest.p, '/', rest.n))
			row = find_made(img, rest);
	} while (!row && cut_edition(name, &n));
	return row;
}

bool price_name_is(const char *model, const char *name)
{
	size_t n = strnlen(model, PRICE_LONGEST_NAME);
	char edition[PRICE_LONGEST_NAME];
	struct str rest;

	if (n == PRICE_LONGEST_NAME)
		return strcmp(model, name) == 0;
	memcpy(edition, model, n);
	do {
		rest = (struct str){ edition, n };
		do {
			if (str_is(rest, name))
				return true;
		} while (cut_provider(&rest));
	} while (cut_edition(edition, &n));
	return false;
}
