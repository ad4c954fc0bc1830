#include <sodium/randombytes.h>

#include "store/le.h"
#include "store/tier_own.h"

#define FORM_AT 0
#define BORN_AT 1
#define EXPIRES_AT 9
#define HEAD 17 /* then the bytes of a whole one, or: */
#define SET_AT 17
#define SET 16
#define COUNT_AT 33
#define LENGTH_AT 37
#define MANIFEST 45

#define WHOLE_MAX (MEMC_VALUE_MAX - SEAL_EXTRA - HEAD)
#define PART_MAX (MEMC_VALUE_MAX - SEAL_EXTRA)
#define PARTS_MAX 1024

enum form { FORM_WHOLE = 'W', FORM_MANIFEST = 'M' };

enum got {
	GOT_IT,
	GOT_NONE,    /* nothing there, or nothing of ours */
	GOT_TROUBLE, /* one cannot say */
};

/* An item on its way: which node, under which name, bound to what. */
struct item {
	struct seal_what what;
	char name[SEAL_NAME_SIZE];
	size_t node;
};

static void item_name(const struct tier *t, struct item *it)
{
	seal_name(&t->seal, &it->what, it->name);
}

static struct reach_call item_call(const struct item *it, enum reach_op op)
{
	return (struct reach_call){ .op = op,
				    .node = it->node,
				    .name = str_c(it->name) };
}

/* The first item of k, and its node made ready: 0, or -1. */
static int item_first(struct tier_walk *w, struct arena *a,
		      const struct key *k, const struct key *owner,
		      struct item *it)
{
	it->what = (struct seal_what){ .purpose = "entry",
				       .key = *k,
				       .owner = *owner };
	item_name(w->t, it);
	if (reach_open(w) < 0)
		return -1;
	it->node = w->l->ops->node_of(w->l->m, str_c(it->name));
	if (it->node >= w->t->conf.nservers)
		return -1;
	return sync_enter(w, a, it->node) == SYNC_OK ? 0 : -1;
}

/* Part i of a set; `of` bytes make the whole. */
static void item_part(const struct tier *t, const struct item *first,
		      const char *set, uint64_t i, uint64_t of,
		      struct item *it)
{
	*it = *first;
	it->what.purpose = "part";
	it->what.part = i;
	it->what.of = of;
	hash_of(&it->what.key, &first->what.key, (struct str){ set, SET });
	item_name(t, it);
}

static enum got item_get(struct tier_walk *w, struct arena *a,
			 struct item *it, size_t expect, struct str *text_r)
{
	struct reach_call c = item_call(it, REACH_GET);
	struct str sealed;

	c.expect = expect;
	switch (reach_call(w, &c, &sealed)) {
	case MEMC_DONE:
		break;
	case MEMC_ABSENT:
		return GOT_NONE;
	default:
		return GOT_TROUBLE;
	}
	if (sealed.n <= MEMC_VALUE_MAX &&
	    seal_open(&w->t->seal, &it->what, a, sealed, text_r) == 0)
		return GOT_IT;
	board_count(w->t->board, BOARD_MEMC_FORGED);
	return GOT_NONE;
}

static int item_put(struct tier_walk *w, struct buf *tmp,
		    const struct item *it, struct str text, int64_t life_s)
{
	struct reach_call c = item_call(it, REACH_SET);

	tmp->n = 0;
	seal_close(&w->t->seal, &it->what, text, tmp);
	c.value = buf_view(tmp);
	c.expect = tmp->n;
	c.life_s = life_s;
	return reach_call(w, &c, NULL) == MEMC_DONE ? 0 : -1;
}

static uint64_t parts_of(uint64_t length)
{
	return (length + PART_MAX - 1) / PART_MAX;
}

static size_t part_size(uint64_t length, uint64_t i)
{
	uint64_t left = length - (i - 1) * PART_MAX;

	return left < PART_MAX ? (size_t)left : PART_MAX;
}

static enum got gather_part(struct tier_walk *w, struct arena *tmp,
			    const struct item *first, const char *set,
			    uint64_t i, char *to)
{
	uint64_t of = first->what.of;
	size_t n = part_size(of, i);
	struct item it;
	struct str text;
	enum got got;

	item_part(w->t, first, set, i, of, &it);
	got = item_get(w, tmp, &it, n, &text);
	if (got != GOT_IT)
		return got;
	if (it.what.of != of || text.n != n)
		return GOT_NONE;
	memcpy(to, text.p, n);
	return GOT_IT;
}

/* All parts of a manifest, in order, each opened in memory that the next
 * one takes over. */
static enum got gather(struct tier_walk *w, struct arena *a,
		       const struct item *first, struct str manifest,
		       struct str *bytes_r)
{
	uint64_t length = first->what.of, i;
	struct arena *tmp = arena_new();
	char *to = arena_alloc(a, length + 1);
	enum got got = GOT_IT;

	for (i = 1; i <= parts_of(length) && got == GOT_IT; i++) {
		arena_reset(tmp);
		got = gather_part(w, tmp, first, manifest.p + SET_AT, i,
				  to + (i - 1) * PART_MAX);
	}
	arena_free(&tmp);
	if (got == GOT_IT)
		*bytes_r = (struct str){ to, length };
	return got;
}

/* A manifest that is as we write them. */
static bool is_manifest(const struct item *first, struct str text)
{
	uint64_t length = first->what.of;

	return text.n == MANIFEST && le_get(text.p + LENGTH_AT, 8) == length &&
	       length > WHOLE_MAX && parts_of(length) <= PARTS_MAX &&
	       le_get(text.p + COUNT_AT, 4) == parts_of(length);
}

static enum got unpack(struct tier_walk *w, struct arena *a,
		       const struct item *first, struct str text,
		       struct str *bytes_r)
{
	struct reach_call drop = item_call(first, REACH_DROP);
	enum got got = GOT_NONE;

	if (text.p[FORM_AT] == FORM_WHOLE &&
	    text.n - HEAD == first->what.of) {
		*bytes_r = str_from(text, HEAD);
		return GOT_IT;
	}
	if (text.p[FORM_AT] == FORM_MANIFEST && is_manifest(first, text))
		got = gather(w, a, first, text, bytes_r);
	if (got == GOT_NONE) {
		board_count(w->t->board, BOARD_MEMC_PARTIAL);
		reach_call(w, &drop, NULL);
	}
	return got;
}

int parts_get(struct tier_walk *w, struct arena *a, const struct key *k,
	      const struct key *owner, int64_t now_ms, struct entry *e_r)
{
	struct item first;
	struct entry e;
	struct str text;

	board_count(w->t->board, BOARD_MEMC_GETS);
	if (item_first(w, a, k, owner, &first) < 0 ||
	    item_get(w, a, &first, 0, &text) != GOT_IT || text.n < HEAD)
		return 0;
	e.born_ms = (int64_t)le_get(text.p + BORN_AT, 8);
	e.expires_ms = (int64_t)le_get(text.p + EXPIRES_AT, 8);
	if (e.expires_ms <= now_ms || store_early(e.born_ms, now_ms) ||
	    unpack(w, a, &first, text, &e.bytes) != GOT_IT)
		return 0;
	board_count(w->t->board, BOARD_MEMC_HITS);
	*e_r = e;
	return 1;
}

static void head_put(uint8_t *to, enum form form, const struct entry *e)
{
	to[FORM_AT] = (uint8_t)form;
	le_put(to + BORN_AT, 8, (uint64_t)e->born_ms);
	le_put(to + EXPIRES_AT, 8, (uint64_t)e->expires_ms);
}

static int put_whole(struct tier_walk *w, struct arena *a,
		     const struct item *first, const struct entry *e,
		     int64_t life_s)
{
	uint8_t head[HEAD];
	struct buf text, tmp;

	buf_init(&text, a);
	buf_init(&tmp, a);
	head_put(head, FORM_WHOLE, e);
	buf_add(&text, head, sizeof(head));
	buf_str(&text, e->bytes);
	return item_put(w, &tmp, first, buf_view(&text), life_s);
}

/* The manifest comes last: who finds it finds what it names. */
static int put_parts(struct tier_walk *w, struct arena *a,
		     const struct item *first, const struct entry *e,
		     int64_t life_s)
{
	uint64_t length = e->bytes.n, i;
	uint8_t text[MANIFEST];
	struct str part;
	struct item it;
	struct buf tmp;

	buf_init(&tmp, a);
	head_put(text, FORM_MANIFEST, e);
	randombytes_buf(text + SET_AT, SET);
	le_put(text + COUNT_AT, 4, parts_of(length));
	le_put(text + LENGTH_AT, 8, length);
	for (i = 1; i <= parts_of(length); i++) {
		item_part(w->t, first, (char *)text + SET_AT, i, length, &it);
		part = (struct str){ e->bytes.p + (i - 1) * PART_MAX,
				     part_size(length, i) };
		if (item_put(w, &tmp, &it, part, life_s) < 0)
			return -1;
	}
	return item_put(w, &tmp, first,
			(struct str){ (char *)text, sizeof(text) }, life_s);
}

int parts_put(struct tier_walk *w, struct arena *a, const struct key *k,
	      const struct key *owner, const struct entry *e, int64_t now_ms)
{
	int64_t life_s;
	struct item first;
	int done;

	if (e->expires_ms <= now_ms || parts_of(e->bytes.n) > PARTS_MAX ||
	    item_first(w, a, k, owner, &first) < 0)
		return -1;
	/* Rounded up: what lives too long is known by its own time. */
	life_s = (e->expires_ms - now_ms) / 1000 + 1;
	first.what.of = e->bytes.n;
	done = e->bytes.n <= WHOLE_MAX ?
		       put_whole(w, a, &first, e, life_s) :
		       put_parts(w, a, &first, e, life_s);
	if (done == 0)
		board_count(w->t->board, BOARD_MEMC_PUTS);
	return done;
}

void parts_drop(struct tier_walk *w, struct arena *a, const struct key *k,
		const struct key *owner)
{
	struct reach_call c;
	struct item first;

	if (item_first(w, a, k, owner, &first) < 0)
		return;
	c = item_call(&first, REACH_DROP);
	reach_call(w, &c, NULL);
}
