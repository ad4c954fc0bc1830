#include "serve/line.h"

#include <unistd.h>

#include "base/clock.h"
#include "serve/ledger.h"

/* 4 KiB a line, whatever a caller names a model: about a dozen of these. */
#define VALUE_MAX 180
#define HOST_MAX 64

#define CUT ",\"cut\":true"
#define TEXT_MAX (LEDGER_LINE_MAX - LEDGER_END_MAX - (sizeof(CUT) - 1))

/* The member that begins at `at`. */
static void keep(struct line *l, size_t at)
{
	if (l->text.n <= TEXT_MAX)
		return;
	l->text.n = at;
	l->cut = true;
}

/* A member as far as its value, and where that is. */
static size_t begin(struct line *l, const char *name)
{
	buf_puts(&l->text, ",\"");
	buf_puts(&l->text, name);
	buf_puts(&l->text, "\":");
	return l->text.n;
}

void line_str(struct line *l, const char *name, struct str v)
{
	size_t at = l->text.n, from;

	if (!v.n)
		return;
	if (v.n > VALUE_MAX)
		v.n = VALUE_MAX;
	from = begin(l, name);
	do { /* escapes make up to six bytes of one */
		l->text.n = from;
		buf_json(&l->text, v);
		v.n /= 2;
	} while (l->text.n - from > VALUE_MAX + 2);
	keep(l, at);
}

void line_int(struct line *l, const char *name, int64_t v)
{
	size_t at = l->text.n;

	begin(l, name);
	buf_int(&l->text, v);
	keep(l, at);
}

void line_num(struct line *l, const char *name, int64_t v)
{
	if (v >= 0)
		line_int(l, name, v);
}

void line_count(struct line *l, const char *name, int64_t v)
{
	if (v > 0)
		line_int(l, name, v);
}

void line_truth(struct line *l, const char *name, bool v)
{
	size_t at = l->text.n;

	begin(l, name);
	buf_puts(&l->text, v ? "true" : "false");
	keep(l, at);
}

void line_true(struct line *l, const char *name, bool v)
{
	if (v)
		line_truth(l, name, v);
}

void line_money(struct line *l, const char *name, picousd v)
{
	size_t at = l->text.n;
	char text[32];

	if (v == PRICE_UNKNOWN)
		return;
	price_text(v, text);
	begin(l, name);
	buf_puts(&l->text, text);
	keep(l, at);
}

void line_begin(struct line *l, struct arena *a, int64_t wall_ms)
{
	char at[25], host[HOST_MAX + 1] = "";

	l->cut = false;
	buf_init(&l->text, a);
	clock_rfc3339(wall_ms, at);
	buf_puts(&l->text, "{\"time\":\"");
	buf_puts(&l->text, at);
	buf_putc(&l->text, '"');
	line_int(l, "pid", getpid());
	gethostname(host, HOST_MAX); /* cut, if it is longer */
	line_str(l, "host", str_c(host));
}

struct buf *line_end(struct line *l)
{
	if (l->cut)
		buf_puts(&l->text, CUT);
	return &l->text;
}
