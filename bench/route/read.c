#include "route.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"
#include "thrift/detect.h"

#define FIELDS 5

static struct str file_read(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf b;
	char piece[65536];
	size_t n;

	buf_init(&b, a);
	if (!f) {
		perror(path);
		return (struct str){ NULL, 0 };
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	return buf_view(&b);
}

/* The next field, in quotes or not; *end_r when it is its line's last. */
static struct str field_cut(struct arena *a, struct str *rest, bool *end_r)
{
	bool quoted = rest->n && rest->p[0] == '"';
	size_t i = quoted;
	struct buf b;

	buf_init(&b, a);
	for (; i < rest->n; i++) {
		if (quoted && rest->p[i] == '"') {
			if (i + 1 < rest->n && rest->p[i + 1] == '"')
				i++;
			else {
				quoted = false;
				continue;
			}
		} else if (!quoted && strchr(",\r\n", rest->p[i]) &&
			   rest->p[i])
			break;
		buf_add(&b, rest->p + i, 1);
	}
	*end_r = i >= rest->n || rest->p[i] != ',';
	while (i < rest->n && *end_r && strchr("\r\n", rest->p[i]))
		i++;
	*rest = str_from(*rest, *end_r ? i : i + 1);
	return buf_view(&b);
}

static size_t line_cut(struct arena *a, struct str *rest, struct str *field)
{
	bool end = false;
	size_t n = 0;
	struct str f;

	while (!end) {
		f = field_cut(a, rest, &end);
		if (n < FIELDS)
			field[n] = f;
		n++;
	}
	return n;
}

static bool is_left_out(const struct reader *r, struct str prompt)
{
	struct str rest = r->left_out, line;
	struct json_error err;
	struct json doc;

	arena_reset(r->scratch);
	while (str_cut(&rest, '\n', &line))
		if (line.n && json_parse(&doc, r->scratch, line, &err) == 0 &&
		    str_eq(json_string(&doc, json_get(&doc, 0, "eval_prompt"),
				       r->scratch), prompt))
			return true;
	return false;
}

/* Exams are answered with one token. */
static void item_price(const struct reader *r, struct item *it,
		       const struct str *field, size_t n)
{
	double in = (double)token_count(r->tokens, field[0]), out;
	int i;

	for (i = 0; i < 2; i++) {
		out = n == FIELDS ? (double)token_count(r->tokens,
							field[3 + i]) : 1;
		it->cost[i] = in * r->tariff[i].in + out * r->tariff[i].out;
	}
}

static void item_add(struct reader *r, const struct str *field, size_t n)
{
	struct items *all = r->items;
	struct topics is;
	struct item *it;

	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 1024;
		all->v = realloc(all->v, all->room * sizeof(*all->v));
		if (!all->v)
			abort();
	}
	it = &all->v[all->n++];
	*it = (struct item){ .set = r->set };
	it->chars = utf8_count(field[0]);
	it->right[0] = str_is(field[1], "True");
	it->right[1] = str_is(field[2], "True");
	is = detect_topics(field[0]);
	it->code = is.code;
	it->math = is.math;
	item_price(r, it, field, n);
}

int route_read(struct reader *r, const char *path)
{
	struct str rest = file_read(r->a, path), field[FIELDS];
	size_t n;

	if (!rest.p)
		return -1;
	line_cut(r->a, &rest, field);
	if (!str_is(field[0], "prompt")) {
		fprintf(stderr, "%s: no column \"prompt\"\n", path);
		return -1;
	}
	while (rest.n) {
		n = line_cut(r->a, &rest, field);
		if ((n == 3 || n == FIELDS) && !is_left_out(r, field[0]))
			item_add(r, field, n);
	}
	return 0;
}
