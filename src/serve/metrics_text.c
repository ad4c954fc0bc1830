#include "serve/metrics_text.h"

#include <inttypes.h>

#include "base/count.h"
#include "base/utf8.h"

/* Names come from the configuration, which may hold anything. */
void metrics_label(struct buf *b, const char *name, const char *value)
{
	struct str s = str_c(value);
	size_t len;

	buf_printf(b, "%s%s=\"", b->n ? "," : "", name);
	for (; s.n; s = str_from(s, len)) {
		len = utf8_len(s.p, s.n);
		if (*s.p == '\n')
			buf_puts(b, "\\n");
		else if (*s.p == '"' || *s.p == '\\')
			buf_printf(b, "\\%c", *s.p);
		else
			buf_str(b, len ? (struct str){ s.p, len } : STR("?"));
		len = len ? len : 1;
	}
	buf_putc(b, '"');
}

void metrics_model(struct buf *b, const char *operation,
		      const char *upstream, const char *model)
{
	metrics_label(b, "gen_ai_operation_name", operation);
	metrics_label(b, "gen_ai_provider_name", upstream);
	metrics_label(b, "gen_ai_request_model", model);
}

bool metrics_ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && strcmp(s + n - m, with) == 0;
}

static void put_unit(const struct metrics_text *m, const char *name)
{
	static const char *const units[] = { "seconds", "bytes", "usd" };

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (m->open && metrics_ends(name, units[i]))
			buf_printf(m->out, "# UNIT %s %s\n", name, units[i]);
}

/* OpenMetrics names a counter without the _total of its samples. */
void metrics_head(const struct metrics_text *m, const char *name,
		  const char *type, const char *help)
{
	const char *tail = !m->open && strcmp(type, "counter") == 0 ?
				   "_total" : "";

	buf_printf(m->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, tail,
		   help, name, tail, type);
	put_unit(m, name);
}

void metrics_name(const struct metrics_text *m, const char *name,
		  const char *tail, const char *labels, const char *more)
{
	const char *comma = *labels && *more ? "," : "";

	buf_printf(m->out, "%s%s", name, tail);
	if (*labels || *more)
		buf_printf(m->out, "{%s%s%s}", labels, comma, more);
	buf_putc(m->out, ' ');
}

void metrics_seconds(const struct metrics_text *m, uint64_t ms)
{
	buf_printf(m->out, "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
}
