#include "thrift/price_table.h"

#include <stdio.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "thrift/decimal.h"

#define LARGEST_TABLE (64u << 20)
#define PRICE_PLACES 18
#define LARGEST_WINDOW 1000000000

/* Who has more is not understood, and without a price rather than with the
 * wrong one. */
#define MOST_CELLS 256

struct reader {
	const struct json *doc;
	struct arena *a;
	struct price_cell cell[MOST_CELLS]; /* of the model that is read */
	size_t n;
	bool full;
};

/* Thresholds are where the price is higher "above"; xAI's where it is higher
 * from there on. */
static bool is_inclusive(const struct json *doc, uint32_t model)
{
	return json_string_is(doc, json_get(doc, model, "litellm_provider"),
			      "xai");
}

static void put(struct reader *r, const struct price_cell *c)
{
	size_t i = 0;

	while (i < r->n && (r->cell[i].kind != c->kind ||
			    r->cell[i].tier != c->tier ||
			    r->cell[i].above != c->above))
		i++;
	if (i == MOST_CELLS) {
		r->full = true;
		return;
	}
	r->cell[i] = *c;
	r->n += i == r->n;
}

/* A price that is no number, or below 0, is not said. */
static void read_price(struct reader *r, uint32_t name, uint32_t above)
{
	struct price_cell c = { 0 };
	struct price_sort sort;

	if (!price_sort_read(json_inner(r->doc, name), &sort) ||
	    !json_is(r->doc, name + 1, JSON_NUMBER) ||
	    !decimal_read(json_span(r->doc, name + 1), PRICE_PLACES, true,
			  &c.price) ||
	    c.price < 0)
		return;
	c.above = sort.above ? sort.above : above;
	c.kind = (uint8_t)sort.kind;
	c.tier = (uint8_t)sort.tier;
	put(r, &c);
}

static void read_prices(struct reader *r, uint32_t obj, uint32_t above)
{
	for (uint32_t i = json_first(r->doc, obj); i;
	     i = json_next(r->doc, obj, i))
		read_price(r, i, above);
}

/* "tiered_pricing": [{"range": [256000, 1000000], "input_cost_...": ...}] */
static void read_ranges(struct reader *r, uint32_t list)
{
	const struct json *doc = r->doc;
	uint32_t range;
	int64_t from;

	if (!json_is(doc, list, JSON_ARRAY))
		return;
	for (uint32_t i = json_first(doc, list); i;
	     i = json_next(doc, list, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			continue;
		range = json_get(doc, i, "range");
		if (json_is(doc, range, JSON_ARRAY) &&
		    json_int(doc, json_first(doc, range), &from) &&
		    from >= 0 && from < UINT32_MAX)
			read_prices(r, i, (uint32_t)from);
	}
}

/* A window of tokens. What is no whole number is not said. */
static uint32_t read_window(const struct json *doc, uint32_t model,
			    const char *name)
{
	int64_t n = 0;

	json_int(doc, json_get(doc, model, name), &n);
	return n < 0 || n > LARGEST_WINDOW ? 0 : (uint32_t)n;
}

static bool read_model(struct reader *r, uint32_t name,
		       struct price_model *out_r)
{
	struct str s = json_string(r->doc, name, r->a);

	if (!json_is(r->doc, name + 1, JSON_OBJECT) ||
	    str_is(s, "sample_spec") || !s.n || s.n >= PRICE_LONGEST_NAME)
		return false;
	r->n = 0;
	r->full = false;
	read_prices(r, name + 1, 0);
	read_ranges(r, json_get(r->doc, name + 1, "tiered_pricing"));
	if (!r->n || r->full)
		return false;
	*out_r = (struct price_model){
		.name = s,
		.inclusive = is_inclusive(r->doc, name + 1),
		.reasons = json_bool(r->doc, json_get(r->doc, name + 1,
						      "supports_reasoning"),
				     false),
		.most_input = read_window(r->doc, name + 1,
					  "max_input_tokens"),
		.most_output = read_window(r->doc, name + 1,
					   "max_output_tokens"),
		.cell = memcpy(arena_new_n(r->a, struct price_cell, r->n),
			       r->cell, r->n * sizeof(*r->cell)),
		.cells = r->n,
	};
	return true;
}

static struct str compile(struct arena *a, const struct json *doc,
			  const struct price_stamp *stamp)
{
	struct reader *r = arena_new_n(a, struct reader, 1);
	struct price_model *list = arena_new_n(a, struct price_model,
					       json_count(doc, 0) + 1);
	char id[17];
	struct key key;
	size_t n = 0;

	r->doc = doc;
	r->a = a;
	for (uint32_t i = json_first(doc, 0); i; i = json_next(doc, 0, i))
		n += read_model(r, i, &list[n]);
	hash_of(&key, NULL, doc->text);
	key_hex(&key, 8, id);
	return price_image_make(a, list, n, id, stamp);
}

int price_table_read(struct str *image_r, struct arena *a, const char *path,
		     const struct price_stamp *stamp, char *err_r,
		     size_t err_n)
{
	struct json_error bad;
	struct json doc;
	struct str text;

	if (file_read(&text, a, path, LARGEST_TABLE, err_r, err_n) < 0)
		return -1;
	if (json_parse(&doc, a, text, &bad) < 0) {
		snprintf(err_r, err_n, "%s: byte %zu: %s", path, bad.at + 1,
			 bad.what);
		return -1;
	}
	if (json_type(&doc, 0) != JSON_OBJECT) {
		snprintf(err_r, err_n, "%s: not an object of models", path);
		return -1;
	}
	*image_r = compile(a, &doc, stamp);
	return 0;
}
