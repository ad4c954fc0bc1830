#include "thrift/price.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "thrift/decimal.h"

#define LARGEST_TABLE (64u << 20)
#define LONGEST_NAME 256

/*
 * A token's price is kept in 10^-18 USD, which holds every price that is
 * written down; sums are 128 bits wide and rounded once, to 10^-12.
 */
#define PRICE_PLACES 18
#define PICO_PLACES 12
#define PRICES_PER_PICO 1000000
#define NO_PRICE -1

/* A count above this is no count: it is cut to it. */
#define MOST_TOKENS 1000000000

struct price {
	const char *model;
	/* Of a token; NO_PRICE: not said. */
	int64_t input, output, read, write, write_1h;
};

struct prices {
	struct arena *a;
	struct price *list; /* by name */
	size_t n;
	char id[17];
};

/* -- loading --------------------------------------------------------------- */

static int64_t get_price(const struct json *doc, uint32_t model,
			 const char *name)
{
	uint32_t v = json_get(doc, model, name);
	int64_t price;

	if (!json_is(doc, v, JSON_NUMBER) ||
	    !decimal_read(json_span(doc, v), PRICE_PLACES, true, &price) ||
	    price < 0)
		return NO_PRICE;
	return price;
}

static void add_model(struct prices *p, const struct json *doc, uint32_t name,
		      struct arena *tmp)
{
	struct str s = json_string(doc, name, tmp);
	struct price row = {
		.input = get_price(doc, name + 1, "input_cost_per_token"),
		.output = get_price(doc, name + 1, "output_cost_per_token"),
		.read = get_price(doc, name + 1,
				  "cache_read_input_token_cost"),
		.write = get_price(doc, name + 1,
				   "cache_creation_input_token_cost"),
		.write_1h = get_price(doc, name + 1,
				      "cache_creation_input_token_cost_"
				      "above_1hr"),
	};

	if (row.input == NO_PRICE && row.output == NO_PRICE)
		return; /* priced by the image, the second, the page */
	if (str_is(s, "sample_spec") || s.n >= LONGEST_NAME ||
	    memchr(s.p, '\0', s.n))
		return;
	row.model = arena_cstr(p->a, s);
	p->list[p->n++] = row;
}

static int by_name(const void *a, const void *b)
{
	const struct price *x = a, *y = b;

	return strcmp(x->model, y->model);
}

static int read_table(struct prices *p, struct arena *tmp, const char *path,
		      char *err_r, size_t err_n)
{
	struct json_error bad;
	struct json doc;
	struct str text;
	struct key key;

	if (file_read(&text, tmp, path, LARGEST_TABLE, err_r, err_n) < 0)
		return -1;
	if (json_parse(&doc, tmp, text, &bad) < 0) {
		snprintf(err_r, err_n, "%s: byte %zu: %s", path, bad.at + 1,
			 bad.what);
		return -1;
	}
	if (json_type(&doc, 0) != JSON_OBJECT) {
		snprintf(err_r, err_n, "%s: not an object of models", path);
		return -1;
	}
	p->list = arena_new_n(p->a, struct price, json_count(&doc, 0) + 1);
	for (uint32_t i = json_first(&doc, 0); i; i = json_next(&doc, 0, i))
		add_model(p, &doc, i, tmp);
	qsort(p->list, p->n, sizeof(*p->list), by_name);
	hash_of(&key, NULL, text);
	key_hex(&key, 8, p->id);
	return 0;
}

struct prices *prices_load(const char *path, char *err_r, size_t err_n)
{
	struct prices *p = calloc(1, sizeof(*p));
	struct arena *tmp;

	if (!p) {
		snprintf(err_r, err_n, "%s: no memory", path);
		return NULL;
	}
	tmp = arena_new();
	p->a = arena_new();
	if (read_table(p, tmp, path, err_r, err_n) < 0)
		prices_free(&p);
	arena_free(&tmp);
	return p;
}

void prices_free(struct prices **p)
{
	if (!*p)
		return;
	arena_free(&(*p)->a);
	free(*p);
	*p = NULL;
}

const char *prices_id(const struct prices *p)
{
	return p->id;
}

/* -- finding a model ------------------------------------------------------- */

static const struct price *find_exact(const struct prices *p,
				      const char *model)
{
	struct price key = { .model = model };

	return bsearch(&key, p->list, p->n, sizeof(*p->list), by_name);
}

/* As it stands, then behind its first slash, its second, ... */
static const struct price *find_unprefixed(const struct prices *p,
					   const char *model)
{
	const struct price *row = find_exact(p, model);

	while (!row && (model = strchr(model, '/')))
		row = find_exact(p, ++model);
	return row;
}

/* The length without -2024-08-06 or -20250929 at the end; n if neither. */
static size_t cut_date(const char *s, size_t n)
{
	static const char *const form[] = { "-0000-00-00", "-00000000" };

	for (size_t f = 0, len, i; f < 2; f++) {
		len = strlen(form[f]);
		if (n <= len)
			continue;
		for (i = 0; i < len; i++)
			if (form[f][i] == '-' ?
			    s[n - len + i] != '-' :
			    s[n - len + i] < '0' || s[n - len + i] > '9')
				break;
		if (i == len)
			return n - len;
	}
	return n;
}

static const struct price *find(const struct prices *p, const char *model)
{
	size_t n = strnlen(model, LONGEST_NAME), cut;
	const struct price *row;
	char undated[LONGEST_NAME];

	if (n == LONGEST_NAME)
		return NULL;
	row = find_unprefixed(p, model);
	cut = cut_date(model, n);
	if (row || cut == n)
		return row;
	memcpy(undated, model, cut);
	undated[cut] = '\0';
	return find_unprefixed(p, undated);
}

/* -- the bill -------------------------------------------------------------- */

static int64_t count(int64_t tokens)
{
	return tokens < 0 ? 0 : tokens < MOST_TOKENS ? tokens : MOST_TOKENS;
}

/* Adds tokens at a price; false when that price is needed and not known. */
static bool add(__int128 *sum, int64_t tokens, int64_t price)
{
	if (tokens == 0)
		return true;
	if (price == NO_PRICE)
		return false;
	*sum += (__int128)tokens * price;
	return true;
}

static picousd round_sum(__int128 sum)
{
	sum = (sum + PRICES_PER_PICO / 2) / PRICES_PER_PICO;
	return sum > INT64_MAX ? INT64_MAX : (picousd)sum;
}

/* The first that is known. */
static int64_t either(int64_t price, int64_t other)
{
	return price != NO_PRICE ? price : other;
}

/* Of what is written some for an hour, which may be said to be more. */
static bool add_writes(__int128 *sum, const struct price *row,
		       const struct usage *u)
{
	int64_t all = count(u->cache_write), hour = count(u->cache_write_1h);
	int64_t price = either(row->write, row->input);

	hour = hour < all ? hour : all;
	return add(sum, all - hour, price) &&
	       add(sum, hour, either(row->write_1h, price));
}

picousd price_of(const struct prices *p, const char *model,
		 const struct usage *u)
{
	const struct price *row = find(p, model);
	int64_t read = count(u->cache_read), write = count(u->cache_write);
	int64_t plain = count(u->input) - read - write;
	__int128 sum = 0;

	if (!row || u->input < 0 || (u->output < 0 && row->output > 0))
		return PRICE_UNKNOWN;
	if (!add(&sum, plain > 0 ? plain : 0, row->input) ||
	    !add(&sum, read, either(row->read, row->input)) ||
	    !add_writes(&sum, row, u) ||
	    !add(&sum, count(u->output), row->output))
		return PRICE_UNKNOWN;
	return round_sum(sum);
}

/* -- money as text --------------------------------------------------------- */

void price_text(picousd v, char out[32])
{
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v;
	int n;

	assert(v != PRICE_UNKNOWN);
	n = snprintf(out, 32, "%s%llu.%012llu", v < 0 ? "-" : "",
		     (unsigned long long)(abs / 1000000000000ULL),
		     (unsigned long long)(abs % 1000000000000ULL));
	while (out[n - 1] == '0')
		n--;
	if (out[n - 1] == '.')
		n--;
	out[n] = '\0';
}

int price_parse(struct str s, picousd *out_r)
{
	return decimal_read(s, PICO_PLACES, false, out_r);
}
