#include "fake/answer.h"

#include "base/buf.h"
#include "fake/recite.h"

static struct str escaped(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, a);
	buf_json(&b, s);
	return (struct str){ b.p + 1, b.n - 2 };
}

static struct str joined(struct arena *a, struct str x, struct str y)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, x);
	buf_str(&b, y);
	return buf_view(&b);
}

/* Bytes of the character or escape that s begins with. */
static size_t unit(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c == '\\')
		n = s.n > 1 && s.p[1] == 'u' ? 6 : 2;
	return n < s.n ? n : s.n;
}

/* Cuts s into `want` pieces of about the same size, never inside a
 * character; returns how many there are (fewer when s is short). */
static size_t cut_up(struct str s, size_t want, struct str *piece_r)
{
	size_t goal = s.n / want + 1, k = 0, at;

	while (s.n) {
		at = 0;
		while (at < s.n && (at < goal || k + 1 == want))
			at += unit(str_from(s, at));
		piece_r[k++] = (struct str){ s.p, at };
		s = str_from(s, at);
	}
	return k;
}

static struct str big_text(struct arena *a, struct str head, size_t kb)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, head);
	while (b.n < kb * 1024)
		buf_puts(&b, " The quick brown fox jumps over the lazy dog.");
	return (struct str){ b.p, kb * 1024 > head.n ? kb * 1024 : b.n };
}

/* The same for each call, and each 17 bytes tell whose they are. storm_self.c
 * has the same sum. */
static struct str own_text(struct arena *a, const struct ask *q, size_t kb)
{
	uint64_t h = 14695981039346656037u;
	struct buf b;
	size_t i;

	for (i = 0; i < q->who.n; i++)
		h = (h ^ (unsigned char)q->who.p[i]) * 1099511628211u;
	for (i = 0; i < q->text.n; i++)
		h = (h ^ (unsigned char)q->text.p[i]) * 1099511628211u;
	buf_init(&b, a);
	buf_printf(&b, "echo: %.*s", (int)q->text.n, q->text.p);
	do
		buf_printf(&b, " %016llx", (unsigned long long)h);
	while (b.n < kb * 1024);
	return buf_view(&b);
}

static struct str plain_text(struct arena *a, const struct ask *q,
			     const struct script *s, unsigned n,
			     unsigned choice)
{
	struct str text;

	if (s->json)
		return escaped(a, STR("{\"a\":1}"));
	if (s->recite)
		return escaped(a, recite_make(a, q));
	if (s->echo)
		return escaped(a, own_text(a, q, s->big > 0 ?
					   (size_t)s->big : 0));
	if (s->refusal)
		text = str_c(arena_printf(a, "I cannot help with that. #%u",
					  n));
	else
		text = str_c(arena_printf(a, "echo: %.*s #%u", (int)q->text.n,
					  q->text.p, n));
	if (choice)
		text = str_c(arena_printf(a, "%s choice %u", text.p, choice));
	if (s->big > 0)
		text = big_text(a, text, (size_t)s->big);
	return escaped(a, text);
}

static void text_make(struct answer *r, struct arena *a,
		      const struct script *s, struct str text)
{
	size_t want = s->pieces > 0 ? (size_t)s->pieces : 5;
	struct str left, right;

	if (want > ANSWER_MAX_PIECES)
		want = ANSWER_MAX_PIECES;
	if (!s->unicode) {
		r->whole = text;
		r->npiece = cut_up(text, want, r->piece);
		return;
	}
	left = joined(a, STR("\xc3\xa9\xe6\xbc\xa2 \\ud83d"), STR(""));
	right = joined(a, STR("\\ude00 "), text);
	r->whole = joined(a, left, right);
	r->piece[0] = left;
	r->npiece = 1 + cut_up(right, want > 1 ? want - 1 : 1, r->piece + 1);
}

static void call_make(struct answer_call *c, struct arena *a, struct str name,
		      unsigned n, unsigned which)
{
	const char *city = which ? "Rome" : "Paris";

	c->id = str_c(arena_printf(a, "call_fake_%u_%u", n, which));
	c->name = escaped(a, name);
	c->part[0] = STR("{\\\"ci");
	c->part[1] = STR("ty\\\":");
	c->part[2] = str_c(arena_printf(a, " \\\"%.2s", city));
	c->part[3] = str_c(arena_printf(a, "%s\\\"}", city + 2));
	c->whole = joined(a, joined(a, c->part[0], c->part[1]),
			  joined(a, c->part[2], c->part[3]));
}

void answer_make(struct answer *r, struct arena *a, const struct ask *q,
		 const struct script *s, unsigned n, unsigned choice)
{
	memset(r, 0, sizeof(*r));
	if ((s->tool || s->tools) && !q->tool_answered)
		r->ncall = s->tools ? 2 : 1;
	call_make(&r->call[0], a, q->tool[0], n, 0);
	call_make(&r->call[1], a, q->tool[1], n, 1);
	text_make(r, a, s, plain_text(a, q, s, n, choice));
	if (s->reasoning)
		r->think = str_c(arena_printf(a, "Thinking about #%u.", n));
	r->in = s->in >= 0 ? s->in : q->kept.is ? q->kept.in :
		(int64_t)q->size / 4 + 1;
	r->out = s->out >= 0 ? s->out : (int64_t)r->whole.n / 4 + 1;
	r->written = s->written >= 0 ? s->written : q->kept.written;
	r->written_hour = q->kept.written_hour;
	r->cached = s->cached >= 0 ? s->cached : q->kept.read;
}
