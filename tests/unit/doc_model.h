/*
 * Random JSON documents for tests: a tree that can be printed in many
 * spellings of one meaning, and compared with a scanned text.
 */
#ifndef TESTS_DOC_MODEL_H
#define TESTS_DOC_MODEL_H

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"

/* A number is 0.DIGITS x 10^exp, with no zero on either side of the digits
 * and none at all for zero. */
struct node {
	enum json_type type;
	struct str text; /* a string's decoded bytes, a number's digits */
	bool negative;
	int exp;
	size_t n;
	struct node *child[16];
	struct str name[16];
};

/* How a document is spelt. */
struct spelling {
	unsigned short seed[3];
	bool whitespace;
	bool otherwise; /* shuffled members, escapes, other number forms */
};

static inline size_t below(unsigned short seed[3], size_t n)
{
	return (size_t)nrand48(seed) % n;
}

static inline bool chance(unsigned short seed[3], size_t percent)
{
	return below(seed, 100) < percent;
}

static inline struct node *node_new(struct arena *a, enum json_type type)
{
	struct node *node = arena_new_n(a, struct node, 1);

	node->type = type;
	return node;
}

static inline struct str random_text(struct arena *a, unsigned short seed[3])
{
	static const struct str piece[] = {
		{ "a", 1 }, { "b", 1 }, { "c", 1 }, { "\"", 1 }, { "\\", 1 },
		{ "/", 1 }, { "\n", 1 }, { "\0", 1 }, { "\x1f", 1 },
		{ "\xc3\xa9", 2 }, { "\xe4\xbd\xa0", 3 },
		{ "\xf0\x9f\x98\x80", 4 }, { "a longer plain run ", 19 },
	};
	struct buf b;

	buf_init(&b, a);
	for (size_t n = below(seed, 6); n; n--)
		buf_str(&b, piece[below(seed, sizeof(piece) /
						      sizeof(piece[0]))]);
	return buf_view(&b);
}

static inline void random_number(struct node *node, struct arena *a,
				 unsigned short seed[3])
{
	struct buf b;
	size_t n = below(seed, 25);

	buf_init(&b, a);
	for (size_t i = 0; i < n; i++) {
		bool edge = i == 0 || i == n - 1;

		buf_putc(&b, (char)((edge ? '1' : '0') +
				    (int)below(seed, edge ? 9 : 10)));
	}
	node->text = buf_view(&b);
	node->exp = n ? (int)below(seed, 60) - 30 : 0;
	node->negative = n && chance(seed, 30);
}

/* Names are of one object, so they must differ; the number makes them. */
static inline struct str random_name(struct arena *a, unsigned short seed[3],
				     size_t i)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, random_text(a, seed));
	buf_printf(&b, "%c", (char)('A' + (int)i));
	return buf_view(&b);
}

static inline struct node *random_node(struct arena *a,
				       unsigned short seed[3], size_t depth)
{
	size_t types = depth ? JSON_OBJECT + 1 : JSON_ARRAY;
	struct node *node = node_new(a, (enum json_type)below(seed, types));

	if (node->type == JSON_STRING)
		node->text = random_text(a, seed);
	if (node->type == JSON_NUMBER)
		random_number(node, a, seed);
	if (node->type >= JSON_ARRAY)
		node->n = below(seed, 6);
	for (size_t i = 0; i < node->n; i++) {
		node->child[i] = random_node(a, seed, depth - 1);
		node->name[i] = random_name(a, seed, i);
	}
	return node;
}

static inline struct node *random_object(struct arena *a,
					 unsigned short seed[3], size_t depth)
{
	struct node *node;

	do
		node = random_node(a, seed, depth);
	while (node->type != JSON_OBJECT || node->n == 0);
	return node;
}

static inline void put_space(struct buf *b, struct spelling *how)
{
	while (how->whitespace && chance(how->seed, 25))
		buf_putc(b, " \n\r\t"[below(how->seed, 4)]);
}

/* The whole sequence at p as \u escapes. */
static inline void put_escaped(struct buf *b, const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t c = u[0];

	if (n > 1)
		c = c & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	if (c > 0xffff) {
		c -= 0x10000;
		buf_printf(b, "\\u%04x", 0xd800 + (c >> 10));
		c = 0xdc00 + (c & 0x3ff);
	}
	buf_printf(b, "\\u%04X", c);
}

static inline void put_text(struct buf *b, struct str s,
			    struct spelling *how)
{
	size_t len;

	if (!how->otherwise) {
		buf_json(b, s);
		return;
	}
	buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i += len) {
		unsigned char c = (unsigned char)s.p[i];

		len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (c < 0x20 || c == '"' || c == '\\' ||
		    chance(how->seed, 20))
			put_escaped(b, s.p + i, len);
		else
			buf_add(b, s.p + i, len);
	}
	buf_putc(b, '"');
}

static inline void put_number(struct buf *b, const struct node *node,
			      struct spelling *how)
{
	bool odd = how->otherwise;
	size_t point = odd ? below(how->seed, node->text.n + 4) : 1;
	int exp = node->exp - (int)point;

	if (!node->text.n) {
		buf_puts(b, !odd ? "0" : chance(how->seed, 50) ? "-0.0" :
								 "0e77");
		return;
	}
	buf_puts(b, node->negative ? "-" : "");
	for (size_t i = 0; i < point; i++)
		buf_putc(b, i < node->text.n ? node->text.p[i] : '0');
	if (!point)
		buf_putc(b, '0');
	if (point < node->text.n) {
		buf_putc(b, '.');
		buf_str(b, str_from(node->text, point));
		buf_puts(b, odd && chance(how->seed, 30) ? "00" : "");
	} else if (odd && chance(how->seed, 30)) {
		buf_puts(b, ".0");
	}
	if (odd && chance(how->seed, 50))
		buf_printf(b, "E%+03d", exp);
	else if (exp)
		buf_printf(b, "e%d", exp);
}

static inline void put_node(struct buf *b, const struct node *node,
			    struct spelling *how)
{
	static const char *const literal[] = { "null", "false", "true" };
	bool object = node->type == JSON_OBJECT;
	size_t turn = object && how->otherwise && node->n ?
			      below(how->seed, node->n) : 0;

	put_space(b, how);
	if (node->type < JSON_NUMBER) {
		buf_puts(b, literal[node->type]);
	} else if (node->type == JSON_NUMBER) {
		put_number(b, node, how);
	} else if (node->type == JSON_STRING) {
		put_text(b, node->text, how);
	} else {
		buf_putc(b, object ? '{' : '[');
		for (size_t i = 0; i < node->n; i++) {
			size_t at = (i + turn) % node->n;

			buf_puts(b, i ? "," : "");
			if (object) {
				put_space(b, how);
				put_text(b, node->name[at], how);
				put_space(b, how);
				buf_putc(b, ':');
			}
			put_node(b, node->child[at], how);
		}
		put_space(b, how);
		buf_putc(b, object ? '}' : ']');
	}
	put_space(b, how);
}

static inline struct str node_text(struct arena *a, const struct node *node,
				   struct spelling *how)
{
	struct buf b;

	buf_init(&b, a);
	put_node(&b, node, how);
	return buf_view(&b);
}

/* Does value v say what node says, members in the same order and numbers
 * spelt plainly? */
static inline bool node_is(struct arena *a, const struct node *node,
			   const struct json *doc, uint32_t v)
{
	struct spelling plain = { .whitespace = false };
	bool object = node->type == JSON_OBJECT;
	uint32_t i = json_first(doc, v);

	if (json_type(doc, v) != node->type || json_count(doc, v) != node->n)
		return false;
	if (node->type == JSON_STRING)
		return str_eq(json_string(doc, v, a), node->text);
	if (node->type == JSON_NUMBER)
		return str_eq(json_span(doc, v), node_text(a, node, &plain));
	for (size_t at = 0; at < node->n; at++) {
		if (object && !str_eq(json_string(doc, i, a), node->name[at]))
			return false;
		if (!node_is(a, node->child[at], doc, object ? i + 1 : i))
			return false;
		i = json_next(doc, v, i);
	}
	return true;
}

#endif
