#include "base/conf.h"

#include <assert.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/conf_value.h"
#include "base/file.h"

/*
 * inih finds names, values and comments. Debian builds it without line
 * numbers for the handler, without word of a section in which no name
 * stands, with lines of 200 bytes of which the rest becomes a line of its
 * own, and with indented lines read as more of the value above. So the
 * reader here hands it one line at a time, counts, unindents, looks at the
 * headings itself and refuses what would not fit.
 */
#define LONGEST_LINE 8192
#define LARGEST_FILE (1u << 20)

struct load {
	const struct conf_section *table;
	char *settings;
	struct arena *a;
	struct str text; /* what is left of the file */
	const char *path;
	int line;         /* the one inih is looking at */
	int bad_line;     /* of the first error, 0: none */
	char *err;
	size_t err_n;
	int *opened;      /* line of each plain section's heading, by table */
	char **fresh;     /* a named section's struct with its defaults, by
			     table; NULL until one is needed */
	const struct conf_section *sec; /* NULL before the first heading */
	char *base;       /* the struct being filled */
	int *seen;        /* line of each name in it, by row */
	const char *head; /* "upstream openai" */
};

static int complain(struct load *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The first complaint counts. Returns -1. */
static int complain(struct load *l, const char *fmt, ...)
{
	va_list ap;
	int at;

	if (l->bad_line)
		return -1;
	l->bad_line = l->line;
	at = snprintf(l->err, l->err_n, "%s:%d: ", l->path, l->line);
	if (at < 0 || (size_t)at >= l->err_n)
		return -1;
	va_start(ap, fmt);
	vsnprintf(l->err + at, l->err_n - (size_t)at, fmt, ap);
	va_end(ap);
	return -1;
}

/* -- near misses ----------------------------------------------------------- */

#define LONGEST_NAME 63

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be added, dropped, changed or swapped with their
 * neighbour to make b of a; both at most LONGEST_NAME long. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[LONGEST_NAME + 1][LONGEST_NAME + 1];
	unsigned na = (unsigned)strlen(a), nb = (unsigned)strlen(b);

	for (unsigned i = 0; i <= na; i++)
		for (unsigned j = 0; j <= nb; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] +
						(a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[na][nb];
}

/* Remembers `known` when it is nearer to `given` than what came before, and
 * near enough to be meant. */
static void consider(const char *given, const char *known,
		     const char **best_r, unsigned *best_d)
{
	size_t n = strlen(given), longer = strlen(known);
	unsigned d;

	if (longer < n)
		longer = n;
	if (longer > LONGEST_NAME)
		return;
	d = distance(given, known);
	if (d < *best_d && d <= (longer + 2) / 3) {
		*best_d = d;
		*best_r = known;
	}
}

static const struct conf_row *find_row(const struct conf_section *sec,
				       const char *name)
{
	for (const struct conf_row *row = sec->row; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static int unknown_name(struct load *l, const char *name)
{
	const struct conf_section *s;
	const char *near = NULL;
	unsigned d = UINT_MAX;

	for (const struct conf_row *row = l->sec->row; row->name; row++)
		consider(name, row->name, &near, &d);
	if (near)
		return complain(l, "unknown name \"%s\" in [%s] (did you mean "
				"\"%s\"?)", name, l->head, near);
	for (s = l->table; s->name; s++)
		if (find_row(s, name))
			return complain(l, "unknown name \"%s\" in [%s] (it "
					"belongs in [%s%s])", name, l->head,
					s->name, s->named ? " NAME" : "");
	return complain(l, "unknown name \"%s\" in [%s]", name, l->head);
}

static int unknown_section(struct load *l, const char *name)
{
	const char *near = NULL;
	unsigned d = UINT_MAX;

	for (const struct conf_section *s = l->table; s->name; s++)
		consider(name, s->name, &near, &d);
	if (near)
		return complain(l, "unknown section [%s] (did you mean "
				"[%s]?)", name, near);
	return complain(l, "unknown section [%s]", name);
}

/* -- sections -------------------------------------------------------------- */

static size_t count_rows(const struct conf_section *sec)
{
	size_t n = 0;

	while (sec->row[n].name)
		n++;
	return n;
}

static void fill_defaults(const struct conf_section *sec, char *base,
			  struct arena *a)
{
	int rc;

	for (const struct conf_row *row = sec->row; row->name; row++) {
		if (!row->dflt && row->type == CONF_DURATION)
			*(int64_t *)((char *)base + row->offset) = -1;
		if (!row->dflt)
			continue;
		rc = conf_value_set(row, base, a, row->dflt);
		assert(rc == 0);
		(void)rc;
	}
}

/* They are parsed once, however many such sections there are. */
static const char *find_defaults(struct load *l,
				 const struct conf_section *sec)
{
	char **fresh = &l->fresh[sec - l->table];

	if (!*fresh) {
		*fresh = arena_zalloc(l->a, sec->size);
		fill_defaults(sec, *fresh, l->a);
	}
	return *fresh;
}

/* One more struct in file order. Room doubles whenever n is a power of two. */
static char *add_item(struct load *l, const struct conf_section *sec,
		      const char *name)
{
	struct conf_items *items = (void *)(l->settings + sec->offset);
	struct conf_item *item;
	char *more;

	if ((items->n & (items->n - 1)) == 0) {
		more = arena_alloc(l->a, sec->size *
				   (items->n ? 2 * items->n : 1));
		if (items->n)
			memcpy(more, items->item, sec->size * items->n);
		items->item = more;
	}
	item = (void *)((char *)items->item + sec->size * items->n++);
	memcpy(item, find_defaults(l, sec), sec->size);
	item->name = name;
	item->line = l->line;
	return (char *)item;
}

/* The line of the heading that stood before, or 0. */
static int find_item(const struct conf_items *items, size_t size,
		     const char *name)
{
	const struct conf_item *item;

	for (size_t i = 0; i < items->n; i++) {
		item = (const void *)((const char *)items->item + i * size);
		if (strcmp(item->name, name) == 0)
			return item->line;
	}
	return 0;
}

/* [head], which is [word] or [word name]; name may be empty. */
static int open_section(struct load *l, const char *head, const char *word,
			const char *name)
{
	const struct conf_section *sec = l->table;
	int before;

	while (sec->name && strcmp(sec->name, word) != 0)
		sec++;
	if (!sec->name)
		return unknown_section(l, word);
	if (sec->named && !*name)
		return complain(l, "[%s] needs a name: [%s NAME]", word, word);
	if (!sec->named && *name)
		return complain(l, "[%s] takes no name", word);
	l->head = head;
	before = sec->named ?
		find_item((const void *)(l->settings + sec->offset),
			  sec->size, name) :
		l->opened[sec - l->table];
	if (before)
		return complain(l, "[%s] stands here again (first on line "
				"%d)", l->head, before);
	l->opened[sec - l->table] = l->line;
	l->sec = sec;
	l->seen = arena_new_n(l->a, int, count_rows(sec) + 1);
	l->base = sec->named ? add_item(l, sec, name) :
			       l->settings + sec->offset;
	return 0;
}

/* A line that begins with a bracket. */
static int read_heading(struct load *l, struct str line)
{
	const char *close = memchr(line.p, ']', line.n);
	struct str in, behind, word;
	size_t n = 0;

	if (!close)
		return complain(l, "a heading without its \"]\"");
	in = str_trim((struct str){ line.p + 1,
				    (size_t)(close - line.p) - 1 });
	behind = str_trim(str_from(line, (size_t)(close - line.p) + 1));
	if (behind.n && behind.p[0] != ';' && behind.p[0] != '#')
		return complain(l, "something stands behind the \"]\" of a "
				"heading");
	while (n < in.n && in.p[n] != ' ' && in.p[n] != '\t')
		n++;
	word = (struct str){ in.p, n };
	return open_section(l, arena_cstr(l->a, in), arena_cstr(l->a, word),
			    arena_cstr(l->a, str_trim(str_from(in, n))));
}

/* -- what inih calls ------------------------------------------------------- */

static const char *after_mark(const char *s)
{
	return strncmp(s, "\xef\xbb\xbf", 3) == 0 ? s + 3 : s;
}

/* Copies one line into s without the blanks around it. 1, 0 at the end of the
 * file, -1 after a complaint. */
static int read_line(struct load *l, char *s, size_t room)
{
	struct str line;

	l->line++;
	if (!str_cut(&l->text, '\n', &line))
		return 0;
	if (line.n && memchr(line.p, '\0', line.n))
		return complain(l, "a NUL byte");
	if (line.n + 2 > room - 1)
		return complain(l, "a line of more than %zu bytes", room - 3);
	if (line.n)
		memcpy(s, line.p, line.n);
	s[line.n] = '\n';
	s[line.n + 1] = '\0';
	return 1;
}

static char *on_line(char *s, int room, void *ctx)
{
	struct load *l = ctx;
	const char *from;

	if (l->bad_line || read_line(l, s, (size_t)room) <= 0)
		return NULL;
	from = l->line == 1 ? after_mark(s) : s;
	if (*from == '[' && read_heading(l, str_c(from)) < 0)
		return NULL;
	return s;
}

static int set_name(struct load *l, const char *name, const char *value)
{
	const struct conf_row *row;

	if (!l->sec)
		return complain(l, "\"%s\" stands before the first [section]",
				name);
	row = find_row(l->sec, name);
	if (!row)
		return unknown_name(l, name);
	if (l->seen[row - l->sec->row])
		return complain(l, "%s stands here again in [%s] (first on "
				"line %d)", name, l->head,
				l->seen[row - l->sec->row]);
	l->seen[row - l->sec->row] = l->line;
	if (conf_value_set(row, l->base, l->a, value) < 0)
		return complain(l, "%s must be %s", name,
				conf_value_allowed(row, l->a));
	return 0;
}

static int on_name(void *ctx, const char *section, const char *name,
		   const char *value)
{
	(void)section;
	return set_name(ctx, name, value) == 0;
}

/* -- loading --------------------------------------------------------------- */

static void prepare(struct load *l)
{
	const struct conf_section *sec = l->table;

	for (; sec->name; sec++) {
		if (sec->named)
			*(struct conf_items *)(void *)(l->settings +
						       sec->offset) =
				(struct conf_items){ 0 };
		else
			fill_defaults(sec, l->settings + sec->offset, l->a);
	}
	l->opened = arena_new_n(l->a, int, (size_t)(sec - l->table) + 1);
	l->fresh = arena_new_n(l->a, char *, (size_t)(sec - l->table) + 1);
}

static int parse(struct load *l)
{
	int first;

	ini_max_line = LONGEST_LINE;
	first = ini_parse_stream(on_line, l, on_name, l);
	if (first > 0 && (!l->bad_line || first < l->bad_line)) {
		l->bad_line = 0;
		l->line = first;
		complain(l, "neither a [section] nor a name = value");
	}
	return l->bad_line ? -1 : 0;
}

int conf_load(const struct conf_section *table, void *settings,
	      struct arena *a, const char *path, struct str *text_r,
	      char *err_r, size_t err_n)
{
	struct load l = { .table = table, .settings = settings, .a = a,
			  .text = STR(""), .path = path, .err = err_r,
			  .err_n = err_n };

	prepare(&l);
	if (path && file_read_any(&l.text, a, path, LARGEST_FILE, err_r,
				  err_n) < 0)
		return -1;
	*text_r = l.text;
	return parse(&l);
}
