/*
 * The form is a mark, the length of the original, and pieces until that
 * length is reached. A piece is
 *
 *	control byte	high nibble: number of literals
 *			low nibble: turn, how the distance changes
 *	[rest]		of either, when its nibble is 15
 *	literals	as they are
 *	copy		bytes to copy less LEAST, 255: the rest follows;
 *			missing behind the last literals
 *
 * Rests and the length are varints, low seven bits first. A copy reads from
 * `distance` bytes back and may overlap what it writes. The distance is that
 * of the piece before plus the turn (0, -1, 1, -2 ... as 0, 1, 2, 3 ...):
 * it stays the length of an event, give or take what the tokens differ, so
 * that a token costs itself and three bytes.
 */
#include "dialect/compact.h"

#include <stdint.h>

#define MARK 0xc7 /* no JSON or event stream begins with it */
#define NIBBLE 15
#define BYTE 255
#define LEAST 4    /* a shorter copy would not save what it costs */
#define LOOK 8     /* bytes that are compared to find a copy */
#define PATIENCE 4 /* bytes that may pass for a nearer copy */
#define SLOT_BITS_MIN 8 /* two for each byte; */
#define SLOT_BITS_MAX 13 /* no more where they would leave the cache */

struct piece {
	size_t literals, turn, copy;
	size_t gain; /* the copy less what its turn costs; for making */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A distance after its turn; a turn too far back wraps to a huge one. */
static size_t turned(size_t distance, size_t turn)
{
	return turn & 1 ? distance - turn / 2 - 1 : distance + turn / 2;
}

/* --- making --- */

struct maker {
	struct buf *out;
	const char *in;
	size_t n;
	size_t told;     /* so much of it has been written */
	size_t distance; /* of the last copy */
	uint32_t *last;  /* where a slot's bytes stood last */
	int slot_bits;
};

static void varint_add(struct buf *out, size_t n)
{
	for (; n >= 0x80; n >>= 7)
		buf_putc(out, (char)(n | 0x80));
	buf_putc(out, (char)n);
}

static size_t varint_length(size_t n)
{
	size_t length = 1;

	while (n >>= 7)
		length++;
	return length;
}

static void piece_add(struct maker *m, const struct piece *p)
{
	buf_putc(m->out, (char)(least(p->literals, NIBBLE) << 4 |
				least(p->turn, NIBBLE)));
	if (p->literals >= NIBBLE)
		varint_add(m->out, p->literals - NIBBLE);
	if (p->turn >= NIBBLE)
		varint_add(m->out, p->turn - NIBBLE);
	buf_add(m->out, m->in + m->told, p->literals);
	m->told += p->literals + p->copy;
	if (!p->copy)
		return;
	buf_putc(m->out, (char)least(p->copy - LEAST, BYTE));
	if (p->copy - LEAST >= BYTE)
		varint_add(m->out, p->copy - LEAST - BYTE);
}

/* Where the bytes at `at` stood last; from now on, here. */
static size_t last_seen(struct maker *m, size_t at)
{
	uint64_t v;
	uint32_t *slot;
	size_t seen;

	memcpy(&v, m->in + at, LOOK);
	slot = &m->last[v * 0x9e3779b97f4a7c15u >>
		       (64 - m->slot_bits)];
	seen = *slot;
	*slot = (uint32_t)at;
	return seen;
}

/* How many bytes from a on, up to m->n, equal those from b on; b < a. */
static size_t run_length(const struct maker *m, size_t a, size_t b)
{
	size_t n = 0, max = m->n - a;
	const char *p = m->in + a, *q = m->in + b;

	while (n + LOOK <= max && memcmp(p + n, q + n, LOOK) == 0)
		n += LOOK;
	while (n < max && p[n] == q[n])
		n++;
	return n;
}

/* How many bytes before a, down to what is told, equal those before b. */
static size_t run_back(const struct maker *m, size_t a, size_t b)
{
	size_t n = 0, max = least(a - m->told, b);

	while (n < max && m->in[a - n - 1] == m->in[b - n - 1])
		n++;
	return n;
}

/*
 * A copy for `at` from what stands at `from`, when it is better than *p. A
 * turn that does not fit its nibble is paid for twice: something like it
 * will lead back to the events in between.
 */
static void piece_try(const struct maker *m, size_t at, size_t from,
		      struct piece *p)
{
	size_t distance = at - from, run, back, cost = 0;
	size_t turn = distance >= m->distance ?
			      (distance - m->distance) * 2 :
			      (m->distance - distance) * 2 - 1;

	if (turn >= NIBBLE)
		cost = varint_length(turn - NIBBLE);
	run = run_length(m, at, from);
	if (run < LEAST + cost)
		return;
	back = run_back(m, at, from);
	if (run + back <= p->gain + 2 * cost)
		return;
	*p = (struct piece){ .literals = at - m->told - back,
			     .turn = turn,
			     .copy = run + back,
			     .gain = run + back - 2 * cost };
}

static void piece_find(struct maker *m, size_t at, struct piece *p)
{
	size_t seen = last_seen(m, at);

	if (m->distance && m->distance <= at)
		piece_try(m, at, at - m->distance, p);
	if (seen < at)
		piece_try(m, at, seen, p);
}

/* The best copy that begins at `at` or, when that one is from far away, a
 * few bytes behind; what is between becomes literals. */
static struct piece piece_at(struct maker *m, size_t at)
{
	struct piece p = { .copy = 0 };
	size_t last = least(at + PATIENCE, m->n - LOOK);

	piece_find(m, at, &p);
	while (p.turn >= NIBBLE && ++at <= last)
		piece_find(m, at, &p);
	return p;
}

static void slots_make(struct maker *m)
{
	m->slot_bits = SLOT_BITS_MIN;
	while (m->slot_bits < SLOT_BITS_MAX && m->n >> (m->slot_bits - 1))
		m->slot_bits++;
	m->last = arena_new_n(m->out->a, uint32_t, (size_t)1 << m->slot_bits);
}

void compact_make(struct buf *out, struct str bytes)
{
	struct maker m = { .out = out, .in = bytes.p, .n = bytes.n };
	size_t at = 0;
	struct piece p;

	slots_make(&m);
	buf_putc(out, (char)MARK);
	varint_add(out, bytes.n);
	while (at + LOOK <= m.n) {
		p = piece_at(&m, at);
		if (!p.copy) {
			at++;
			continue;
		}
		m.distance = turned(m.distance, p.turn);
		piece_add(&m, &p);
		while (++at < m.told && at + LOOK <= m.n)
			last_seen(&m, at);
		at = m.told;
	}
	if (m.told < m.n)
		piece_add(&m, &(struct piece){ .literals = m.n - m.told });
}

/* --- opening --- */

struct opener {
	struct str in;
	char *start, *at, *end; /* what is made, and how far it is */
	size_t distance;
};

/* The next byte, or -1. */
static int byte_take(struct str *in)
{
	int c;

	if (!in->n)
		return -1;
	c = (unsigned char)in->p[0];
	*in = str_from(*in, 1);
	return c;
}

/* When *n is `full`, adds the varint that follows. 0, or -1 when there is
 * none of at most 63 bits. */
static int rest_take(struct str *in, size_t *n, size_t full)
{
	uint64_t v = 0;
	unsigned shift = 0;
	int c;

	if (*n != full)
		return 0;
	do {
		c = byte_take(in);
		if (c < 0 || shift > 56)
			return -1;
		v |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	*n += (size_t)v;
	return 0;
}

/* n bytes from `distance` back; what they write they may read again. */
static void copy_make(struct opener *o, size_t n)
{
	const char *from = o->at - o->distance;
	size_t step;

	for (; n; n -= step) {
		step = least(n, (size_t)(o->at - from));
		memcpy(o->at, from, step);
		o->at += step;
	}
}

static int copy_open(struct opener *o, size_t turn)
{
	size_t left = (size_t)(o->end - o->at), copy;
	int c = byte_take(&o->in);

	if (c < 0)
		return -1;
	copy = (size_t)c;
	o->distance = turned(o->distance, turn);
	if (rest_take(&o->in, &copy, BYTE) < 0 || copy + LEAST > left ||
	    !o->distance || o->distance > (size_t)(o->at - o->start))
		return -1;
	copy_make(o, copy + LEAST);
	return 0;
}

static int piece_open(struct opener *o)
{
	size_t left = (size_t)(o->end - o->at), literals, turn;
	int c = byte_take(&o->in);

	if (c < 0)
		return -1;
	literals = (size_t)c >> 4;
	turn = (size_t)c & NIBBLE;
	if (rest_take(&o->in, &literals, NIBBLE) < 0 ||
	    rest_take(&o->in, &turn, NIBBLE) < 0 ||
	    literals > least(o->in.n, left))
		return -1;
	memcpy(o->at, o->in.p, literals);
	o->in = str_from(o->in, literals);
	o->at += literals;
	return o->at == o->end ? 0 : copy_open(o, turn);
}

int compact_open(struct arena *a, struct str form, size_t max,
		 struct str *bytes_r)
{
	struct opener o = { .in = form };
	size_t n = 0;

	if (byte_take(&o.in) != MARK || rest_take(&o.in, &n, 0) < 0 || n > max)
		return -1;
	o.start = o.at = arena_alloc(a, n + 1);
	o.end = o.start + n;
	while (o.at < o.end) {
		if (piece_open(&o) < 0)
			return -1;
	}
	if (o.in.n)
		return -1;
	*o.end = '\0';
	*bytes_r = (struct str){ o.start, n };
	return 0;
}
