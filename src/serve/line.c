#include "serve/line.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"

/* 4 KiB a line, whatever a caller names a model: about a dozen of these. */
#define VALUE_MAX 180
#define HOST_MAX 64

void line_str(struct buf *b, const char *name, struct str v)
{
	struct buf quoted;

	if (!v.n)
		return;
	if (v.n > VALUE_MAX)
		v.n = VALUE_MAX;
	do { /* escapes make up to six bytes of one */
		buf_init(&quoted, b->a);
		buf_json(&quoted, v);
		v.n /= 2;
	} while (quoted.n > VALUE_MAX + 2);
	buf_printf(b, ",\"%s\":", name);
	buf_str(b, buf_view(&quoted));
}

void line_num(struct buf *b, const char *name, int64_t v)
{
	if (v >= 0)
		buf_printf(b, ",\"%s\":%" PRId64, name, v);
}

void line_count(struct buf *b, const char *name, int64_t v)
{
	if (v > 0)
		line_num(b, name, v);
}

void line_true(struct buf *b, const char *name, bool v)
{
	if (v)
		buf_printf(b, ",\"%s\":true", name);
}

void line_money(struct buf *b, const char *name, picousd v)
{
	char text[32];

	if (v == PRICE_UNKNOWN)
		return;
	price_text(v, text);
	buf_printf(b, ",\"%s\":%s", name, text);
}

void line_begin(struct buf *b, int64_t wall_ms)
{
	char at[25], host[HOST_MAX + 1] = "";

	clock_rfc3339(wall_ms, at);
	buf_printf(b, "{\"time\":\"%s\",\"pid\":%d", at, (int)getpid());
	gethostname(host, HOST_MAX); /* cut, if it is longer */
	line_str(b, "host", str_c(host));
}
