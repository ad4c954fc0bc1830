#include "serve/directive.h"

#include <stdint.h>

#define NAMESPACE_MAX 128
#define SECONDS_MAX (10LL * 366 * 86400)

void directive_init(struct directive *d)
{
	*d = (struct directive){ .max_age_s = -1, .max_stale_s = -1,
				 .ttl_s = -1 };
}

/* Digits only; larger than ten years counts as ten years. -1: no number. */
static int64_t seconds(struct str s)
{
	int64_t v = 0;

	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct str){ s.p + 1, s.n - 2 };
	if (!s.n)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
		if (v > SECONDS_MAX)
			v = SECONDS_MAX;
	}
	return v;
}

static void one_directive(struct directive *d, struct str name,
			  struct str arg, bool has_arg)
{
	if (str_ieq(name, STR("no-cache"))) {
		d->no_cache = true;
	} else if (str_ieq(name, STR("no-store"))) {
		d->no_store = true;
	} else if (str_ieq(name, STR("only-if-cached"))) {
		d->only_if_cached = true;
	} else if (str_ieq(name, STR("max-age"))) {
		/* What cannot be read asks for the freshest. */
		d->max_age_s = seconds(arg) < 0 ? 0 : seconds(arg);
	} else if (str_ieq(name, STR("max-stale"))) {
		d->max_stale_s = has_arg ? seconds(arg) : INT64_MAX;
	} else {
		return;
	}
	d->any = true;
}

void directive_cache_control(struct directive *d, struct str value)
{
	struct str item, name, arg;

	while (str_cut(&value, ',', &item)) {
		arg = item;
		if (!str_cut(&arg, '=', &name))
			continue;
		one_directive(d, name, str_trim(arg),
			      memchr(item.p, '=', item.n) != NULL);
	}
}

int directive_ttl(struct directive *d, struct str value, struct fail *f)
{
	int64_t s = seconds(str_trim(value));

	if (s < 0)
		return fail(f, 400, "invalid_header",
			    "X-Larder-TTL must be a whole number of seconds.");
	d->ttl_s = s;
	d->any = true;
	return 0;
}

int directive_namespace(struct directive *d, struct str value,
			struct fail *f)
{
	if (value.n > NAMESPACE_MAX)
		return fail(f, 400, "invalid_header",
			    "A cache namespace has at most %d bytes.",
			    NAMESPACE_MAX);
	d->ns = value;
	d->any = true;
	return 0;
}

static int body_seconds(const struct json *doc, uint32_t v, int64_t *out,
			const char *name, struct fail *f)
{
	int64_t s;

	if (json_is(doc, v, JSON_NULL))
		return 0;
	if (!json_int(doc, v, &s) || s < 0) {
		return fail_param(f, "cache", 400, "invalid_value",
			    "cache.%s must be a whole number of seconds.",
			    name);
	}
	*out = s > SECONDS_MAX ? SECONDS_MAX : s;
	return 0;
}

static int body_flag(const struct json *doc, uint32_t v, bool *out,
		     const char *name, struct fail *f)
{
	if (!json_is(doc, v, JSON_TRUE) && !json_is(doc, v, JSON_FALSE)) {
		return fail_param(f, "cache", 400, "invalid_value",
			    "cache.%s must be true or false.", name);
	}
	*out |= json_is(doc, v, JSON_TRUE); /* a header's stands */
	return 0;
}

static int body_member(struct directive *d, struct arena *a,
		       const struct json *doc, uint32_t name, struct fail *f)
{
	uint32_t v = name + 1;

	if (json_string_is(doc, name, "ttl"))
		return body_seconds(doc, v, &d->ttl_s, "ttl", f);
	if (json_string_is(doc, name, "s-maxage") ||
	    json_string_is(doc, name, "s-max-age"))
		return body_seconds(doc, v, &d->max_age_s, "s-maxage", f);
	if (json_string_is(doc, name, "no-cache"))
		return body_flag(doc, v, &d->no_cache, "no-cache", f);
	if (json_string_is(doc, name, "no-store"))
		return body_flag(doc, v, &d->no_store, "no-store", f);
	if (json_string_is(doc, name, "namespace") &&
	    json_is(doc, v, JSON_STRING))
		return directive_namespace(d, json_string(doc, v, a), f);
	return fail_param(f, "cache", 400, "invalid_value",
		    "cache has the members ttl, s-maxage, no-cache, no-store "
		    "and namespace (a string).");
}

int directive_body(struct directive *d, struct arena *a,
		   const struct json *doc, uint32_t cache, struct fail *f)
{
	if (!cache || json_is(doc, cache, JSON_NULL))
		return 0;
	if (!json_is(doc, cache, JSON_OBJECT)) {
		return fail_param(f, "cache", 400, "invalid_type",
			    "cache must be an object, such as {\"ttl\": 600}.");
	}
	d->any = true;
	for (uint32_t i = json_first(doc, cache); i;
	     i = json_next(doc, cache, i))
		if (body_member(d, a, doc, i, f) < 0)
			return -1;
	return 0;
}
