#include "dialect/delta_read.h"

#include "dialect/error.h"

/* What events repeat is bounded, or a stream could grow by a product. */
#define NAME_MAX_BYTES 512
#define SAFE_MAX 40

/* More blocks, and notes to them, than any model makes in one answer: each
 * costs many times what it takes to say that there is one. */
#define BLOCKS_MAX 8192
#define NOTES_MAX 8192

/* -- what readers say ------------------------------------------------------ */

static void safe_make(struct translate *t)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_-";
	struct buf b;
	size_t i;

	buf_init(&b, t->a);
	for (i = 0; i < t->id.n && b.n < SAFE_MAX; i++) {
		if (memchr(good, t->id.p[i], sizeof(good) - 1))
			buf_putc(&b, t->id.p[i]);
	}
	t->safe = b.n ? buf_view(&b) : STR("0");
}

void delta_name(struct translate *t, const struct json *doc, uint32_t id,
		uint32_t model)
{
	struct str s = json_inner(doc, id);

	if (!t->id.n && s.n && s.n <= NAME_MAX_BYTES)
		t->id = arena_str(t->a, s);
	s = json_inner(doc, model);
	if (!t->model.n && s.n && s.n <= NAME_MAX_BYTES)
		t->model = arena_str(t->a, s);
}

void delta_begin(struct translate *t)
{
	if (t->begun)
		return;
	t->begun = true;
	safe_make(t);
	if (!t->id.n)
		t->id = STR("larder");
	t->write->begin(t);
}

struct block *delta_open(struct translate *t, enum block_kind kind)
{
	struct block *b;

	delta_begin(t);
	t->flooded |= t->nbegun >= BLOCKS_MAX;
	if (t->flooded)
		return t->last;
	b = arena_new_n(t->a, struct block, 1);
	b->kind = kind;
	buf_init(&b->text, t->a);
	buf_init(&b->logprobs, t->a);
	buf_init(&b->sign, t->a);
	b->note_end = &b->note;
	if (t->first)
		t->last->next = b;
	else
		t->first = b;
	t->last = b;
	t->nbegun++;
	t->calls |= kind == BLOCK_CALL || kind == BLOCK_CUSTOM;
	t->refused |= kind == BLOCK_REFUSAL;
	return b;
}

struct block *delta_current(struct translate *t, enum block_kind kind)
{
	struct block *b = t->last;

	if (b && b->kind == kind && !b->done && !b->closed && !b->sign.n)
		return b;
	return delta_open(t, kind);
}

/* A call must have a name, and has an id, if one of our own making: some
 * servers give none, and a result has to say what it is the result of. */
static int block_show(struct translate *t, struct block *b)
{
	if (b->kind == BLOCK_CALL || b->kind == BLOCK_CUSTOM) {
		if (!b->name.n)
			return -1;
		if (!b->id.n)
			b->id = str_c(arena_printf(t->a, "call_%s_%zu",
						   t->safe.p, t->nid++));
	}
	if (t->write->open(t, b) < 0)
		return -1;
	b->open = true;
	if (b->text.n || b->logprobs.n)
		t->write->piece(t, b, buf_view(&b->text),
				buf_view(&b->logprobs));
	return 0;
}

/* Arguments that are not there at all are none, which is an object. */
static void block_end(struct translate *t, struct block *b)
{
	if (b->kind == BLOCK_CALL && !b->bytes) {
		buf_puts(&b->text, "{}");
		t->write->piece(t, b, STR("{}"), STR(""));
	}
	t->write->close(t, b);
	b->closed = true;
}

/* Is it whole because another one has begun? In a chat stream pieces of calls
 * may be mixed, and nothing says that a call is over but its arguments. The
 * others say when a block is over. */
static bool block_ripe(const struct translate *t, const struct block *b)
{
	if (!b->next || t->from != SHAPE_CHAT)
		return false;
	if (b->kind == BLOCK_CALL)
		return b->balance.whole;
	return b->kind != BLOCK_CUSTOM;
}

/* Is there anything to show yet? The name of a call may come in pieces, and
 * of what nobody can read only the whole is of use. */
static bool block_ready(const struct block *b)
{
	if (b->kind == BLOCK_CALL || b->kind == BLOCK_CUSTOM)
		return b->bytes && b->name.n;
	return b->kind != BLOCK_REDACTED;
}

static int blocks_advance(struct translate *t)
{
	struct block *b;
	bool over;

	while ((b = t->first) != NULL) {
		over = b->done || t->ending || block_ripe(t, b);
		if (!b->open && !over && !block_ready(b))
			return 0;
		if (!b->open && block_show(t, b) < 0)
			return -1;
		if (!over)
			return 0;
		block_end(t, b);
		t->first = b->next;
	}
	return 0;
}

static void logprobs_keep(struct block *b, struct str logprobs)
{
	if (!logprobs.n)
		return;
	if (b->logprobs.n)
		buf_putc(&b->logprobs, ',');
	buf_str(&b->logprobs, logprobs);
}

int delta_piece(struct translate *t, struct block *b, struct str text,
		struct str logprobs)
{
	if (t->flooded)
		return -1;
	if (b->closed)
		return delta_blank(text) ? 0 : -1;
	if (!text.n && !logprobs.n)
		return 0;
	b->bytes += text.n;
	if (b->kind == BLOCK_TEXT)
		b->chars += delta_chars(text);
	else if (b->kind == BLOCK_CALL && t->from == SHAPE_CHAT)
		delta_balance(&b->balance, text);
	if (!b->open || t->write->keeps & 1u << b->kind) {
		buf_str(&b->text, text);
		logprobs_keep(b, logprobs);
	}
	if (b->open)
		t->write->piece(t, b, text, logprobs);
	return blocks_advance(t);
}

void delta_sign(struct block *b, struct str sign)
{
	if (b->closed || !sign.n)
		return;
	b->sign.n = 0;
	buf_str(&b->sign, sign);
}

static void place_read(int64_t *n_r, const struct json *doc, uint32_t v)
{
	int64_t n;

	if (json_int(doc, v, &n) && n >= 0 && n <= INT32_MAX)
		*n_r = n;
}

void delta_note(struct translate *t, struct block *b, const struct json *doc,
		uint32_t note)
{
	uint32_t inner = json_in(doc, note, "url_citation"), from, url;
	struct note *n;

	from = json_is(doc, inner, JSON_OBJECT) ? inner : note;
	url = json_in(doc, from, "url");
	t->flooded |= ++t->nnotes > NOTES_MAX;
	if (!b || b->closed || !json_inner(doc, url).n || t->flooded)
		return;
	n = arena_new_n(t->a, struct note, 1);
	n->url = arena_str(t->a, json_inner(doc, url));
	n->title = arena_str(t->a,
			     json_inner(doc, json_get(doc, from, "title")));
	n->start = n->end = -1;
	place_read(&n->start, doc, json_get(doc, from, "start_index"));
	place_read(&n->end, doc, json_get(doc, from, "end_index"));
	*b->note_end = n;
	b->note_end = &n->next;
}

int delta_close(struct translate *t, struct block *b)
{
	b->done = true;
	return blocks_advance(t);
}

int delta_end(struct translate *t)
{
	if (!t->begun || t->finish == FINISH_NONE)
		return -1;
	t->ending = true;
	if (blocks_advance(t) < 0)
		return -1;
	if (t->calls && t->finish == FINISH_STOP)
		t->finish = FINISH_TOOLS;
	t->write->end(t);
	t->ended = true;
	return 0;
}

void delta_error(struct translate *t, const struct json *doc)
{
	struct fail f = { 0 };

	if (!doc || error_read(&f, t->tmp, doc, 0) < 0)
		fail(&f, 502, "upstream_error",
		     "The upstream broke its answer off with an error.");
	error_event(t->out, t->to, &f, NULL);
	t->error = true;
}

/* -- blocks by the source's index ------------------------------------------ */

struct block *delta_at(const struct translate *t, int64_t index)
{
	if (index < 0 || (size_t)index >= t->nat)
		return NULL;
	return t->at[index];
}

int delta_put(struct translate *t, int64_t index, struct block *b)
{
	struct block **at;
	size_t n = t->nat ? t->nat : 16;

	if (index < 0 || index >= BLOCKS_MAX)
		return -1;
	while (n <= (size_t)index)
		n *= 2;
	if (n > t->nat) {
		at = arena_new_n(t->a, struct block *, n);
		if (t->nat)
			memcpy(at, t->at, t->nat * sizeof(*at));
		t->at = at;
		t->nat = n;
	}
	t->at[index] = b;
	return 0;
}
