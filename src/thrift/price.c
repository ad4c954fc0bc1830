#include "thrift/price.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "thrift/decimal.h"
#include "thrift/price_image.h"
#include "thrift/price_name.h"
#include "thrift/price_table.h"

/* Prices are in 10^-18 USD; sums are 128 bits wide and rounded once. */
#define PRICES_PER_PICO 1000000
#define PICO_PLACES 12

/* A count above this is no count: it is cut to it. */
#define MOST_TOKENS 1000000000

/* A file system's clock may stand still for so long: what changed a shorter
 * time ago may change again and look the same. */
#define STILL_NS 20000000

struct prices {
	struct arena *a; /* of an image that is not mapped, or NULL */
	struct price_image img;
};

/* -- loading --------------------------------------------------------------- */

static bool is_still(const struct price_stamp *stamp)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return stamp->changed_ns < (int64_t)now.tv_sec * 1000000000 +
				   now.tv_nsec - STILL_NS;
}

/* Without it the next one reads the table again, as this one did. */
static void save(struct str image, const char *image_path, const char *path,
		 const struct price_stamp *stamp)
{
	struct price_stamp after;

	if (image_path && is_still(stamp) && price_stamp_of(path, &after) &&
	    memcmp(stamp, &after, sizeof(after)) == 0)
		(void)file_put(image_path, image, false);
}

static int compile(struct prices *p, const char *path, const char *image_path,
		   char *err_r, size_t err_n)
{
	struct price_stamp stamp = { 0 };
	struct arena *tmp = arena_new();
	bool stamped = price_stamp_of(path, &stamp);
	struct str image;
	int rc = price_table_read(&image, tmp, path, &stamp, err_r, err_n);

	if (rc == 0) {
		p->a = arena_new();
		image = arena_str(p->a, image);
		if (!price_image_lay(&p->img, image.p, image.n))
			abort();
		if (stamped)
			save(image, image_path, path, &stamp);
	}
	arena_free(&tmp);
	return rc;
}

struct prices *prices_open(const char *path, const char *image_path,
			   char *err_r, size_t err_n)
{
	struct prices *p = calloc(1, sizeof(*p));
	struct price_stamp stamp;

	if (!p) {
		snprintf(err_r, err_n, "%s: no memory", path);
		return NULL;
	}
	if (image_path && price_stamp_of(path, &stamp) &&
	    price_image_map(&p->img, image_path, &stamp))
		return p;
	if (compile(p, path, image_path, err_r, err_n) < 0)
		prices_free(&p);
	return p;
}

struct prices *prices_load(const char *path, char *err_r, size_t err_n)
{
	return prices_open(path, NULL, err_r, err_n);
}

void prices_free(struct prices **p)
{
	if (!*p)
		return;
	price_image_unmap(&(*p)->img);
	arena_free(&(*p)->a);
	free(*p);
	*p = NULL;
}

const char *prices_id(const struct prices *p)
{
	return p->img.head->id;
}

/* -- the price of a kind of token ------------------------------------------ */

/* One call, and the row it is priced by. */
struct priced {
	const struct price_image *img;
	const struct price_row *row;
	enum usage_tier tier;
	int64_t input; /* all of it: what the thresholds go by */
};

struct said {
	int64_t price;
	uint32_t above;
};

static struct said said(const struct priced *c, enum price_kind kind,
			enum usage_tier tier)
{
	struct said s = { 0, 0 };

	s.price = price_image_said(c->img, c->row, kind, tier, c->input,
				   &s.above);
	return s;
}

/*
 * The tier's price, unless the standard one knows a threshold that was passed
 * and the tier's does not; where the tier has none, the standard price, of
 * which a batch is half.
 */
static int64_t own_price(const struct priced *c, enum price_kind kind)
{
	struct said plain = said(c, kind, USAGE_STANDARD), tier;

	if (c->tier == USAGE_STANDARD)
		return plain.price;
	tier = said(c, kind, c->tier);
	if (tier.price != PRICE_NONE &&
	    (plain.price == PRICE_NONE || tier.above >= plain.above))
		return tier.price;
	if (plain.price == PRICE_NONE)
		return PRICE_NONE;
	return c->tier == USAGE_BATCH ? plain.price / 2 : plain.price;
}

/* Reasoning is output, and what is read in a batch input, where only those
 * are said to cost something else there. */
static bool follows(const struct priced *c, enum price_kind kind)
{
	struct said mine, theirs;

	if (kind != PRICE_REASONING &&
	    (kind != PRICE_READ || c->tier != USAGE_BATCH))
		return false;
	mine = said(c, kind, c->tier);
	theirs = said(c, price_kind_parent(kind), c->tier);
	return theirs.price != PRICE_NONE &&
	       (mine.price == PRICE_NONE ||
		(kind == PRICE_REASONING && theirs.above > mine.above));
}

static int64_t price_for(const struct priced *c, enum price_kind kind)
{
	int64_t price = PRICE_NONE;

	for (; price == PRICE_NONE && kind != PRICE_KINDS;
	     kind = price_kind_parent(kind))
		if (!follows(c, kind))
			price = own_price(c, kind);
	return price;
}

/* -- the cost -------------------------------------------------------------- */

static int64_t count(int64_t tokens)
{
	return tokens < 0 ? 0 : tokens < MOST_TOKENS ? tokens : MOST_TOKENS;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Takes a part, at most all of it, off the rest. */
static int64_t part(int64_t *rest, int64_t tokens)
{
	tokens = least(count(tokens), *rest);
	*rest -= tokens;
	return tokens;
}

/* A token belongs to one kind. */
static void sort_input(int64_t n[PRICE_KINDS], const struct usage *u)
{
	int64_t parts[USAGE_PARTS], read, rest;

	usage_split(parts, u);
	read = count(parts[USAGE_READ]);
	rest = count(parts[USAGE_FRESH]);
	n[PRICE_WRITE_1H] = count(parts[USAGE_WRITE_1H]);
	n[PRICE_WRITE] = count(parts[USAGE_WRITE_5M]);
	n[PRICE_AUDIO_READ] = least(count(u->audio_read), read);
	n[PRICE_READ] = read - n[PRICE_AUDIO_READ];
	n[PRICE_AUDIO_IN] = part(&rest, count(u->audio_in) -
						n[PRICE_AUDIO_READ]);
	n[PRICE_IMAGE_IN] = part(&rest, u->image_in);
	n[PRICE_INPUT] = rest;
}

/* Images are paid by the token where their tokens are said. */
static void sort_output(int64_t n[PRICE_KINDS], const struct usage *u)
{
	int64_t rest = count(u->output);

	n[PRICE_REASONING] = part(&rest, u->reasoning);
	n[PRICE_AUDIO_OUT] = part(&rest, u->audio_out);
	n[PRICE_IMAGE_OUT] = part(&rest, u->image_out);
	n[PRICE_IMAGE] = u->image_out > 0 ? 0 : count(u->images);
	n[PRICE_OUTPUT] = rest;
}

static bool is_said(const struct priced *c, const struct usage *u)
{
	if (u->images > 0 && price_for(c, PRICE_IMAGE) != PRICE_NONE)
		return true;
	return u->input >= 0 &&
	       (u->output >= 0 || price_for(c, PRICE_OUTPUT) <= 0);
}

static picousd round_sum(__int128 sum)
{
	sum = (sum + PRICES_PER_PICO / 2) / PRICES_PER_PICO;
	return sum > INT64_MAX ? INT64_MAX : (picousd)sum;
}

picousd price_of(const struct prices *p, const char *model,
		 const struct usage *u)
{
	struct priced c = { &p->img, price_name_find(&p->img, model), u->tier,
			    count(u->input) };
	int64_t n[PRICE_KINDS], price;
	__int128 sum = 0;

	if (!c.row || !is_said(&c, u))
		return PRICE_UNKNOWN;
	sort_input(n, u);
	sort_output(n, u);
	for (int kind = 0; kind < PRICE_KINDS; kind++) {
		if (n[kind] == 0)
			continue;
		price = price_for(&c, (enum price_kind)kind);
		if (price == PRICE_NONE)
			return PRICE_UNKNOWN;
		sum += (__int128)n[kind] * price;
	}
	return round_sum(sum);
}

picousd price_sum(picousd a, picousd b)
{
	picousd v;

	if (a == PRICE_UNKNOWN || b == PRICE_UNKNOWN)
		return PRICE_UNKNOWN;
	if (__builtin_add_overflow(a, b, &v) || v == PRICE_UNKNOWN)
		return a < 0 ? -INT64_MAX : INT64_MAX;
	return v;
}

/* -- besides prices -------------------------------------------------------- */

bool price_window(const struct prices *p, const char *model,
		  struct price_window *out_r)
{
	const struct price_row *row = price_name_find(&p->img, model);

	if (!row)
		return false;
	*out_r = (struct price_window){ row->most_input, row->most_output,
					row->reasons != 0 };
	return true;
}

bool price_is(const struct prices *p, const char *model, const char *name)
{
	const struct price_row *row = NULL;

	if (price_name_is(model, name))
		return true;
	if (p)
		row = price_name_find(&p->img, model);
	return row && row == price_name_find(&p->img, name);
}

/* -- money as text --------------------------------------------------------- */

void price_text(picousd v, char out[32])
{
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[32], *p = text + sizeof(text);
	int places = PICO_PLACES;

	assert(v != PRICE_UNKNOWN);
	for (; places && abs % 10 == 0; places--)
		abs /= 10;
	for (*--p = '\0'; places; places--) {
		*--p = (char)('0' + abs % 10);
		abs /= 10;
		if (places == 1)
			*--p = '.';
	}
	do {
		*--p = (char)('0' + abs % 10);
		abs /= 10;
	} while (abs);
	if (v < 0)
		*--p = '-';
	strcpy(out, p);
}

int price_parse(struct str s, picousd *out_r)
{
	return decimal_read(s, PICO_PLACES, false, out_r);
}
