#include "thrift/token.h"

#include "base/count.h"
#include "base/utf8.h"
#include "dialect/model_name.h"
#include "thrift/token_merge.h"
#include "thrift/token_split.h"

/* -- text that is no UTF-8 ------------------------------------------------- */

#define ROOM 1024

/* Is all of it UTF-8? */
static bool is_utf8(const uint8_t *p, const uint8_t *end)
{
	size_t len;

	while (p < end) {
		if (end - p >= 8 && !(token_word(p) & 0x8080808080808080u)) {
			p += 8;
			continue;
		}
		len = token_three(p, end) ? 3 :
		      utf8_len((const char *)p, (size_t)(end - p));
		if (!len)
			return false;
		p += len;
	}
	return true;
}

/* Writes what of *p fits, U+FFFD for what is no UTF-8; how many bytes. */
static size_t mend(const uint8_t **p, const uint8_t *end, uint8_t *to,
		   size_t room)
{
	const uint8_t *at = *p;
	size_t n = 0, len;

	for (; at < end && room - n >= 4; at += len) {
		len = utf8_len((const char *)at, (size_t)(end - at));
		if (len) {
			memcpy(to + n, at, len);
			n += len;
		} else {
			memcpy(to + n, "\xef\xbf\xbd", 3);
			n += 3;
			len = token_bad_len(at, end);
		}
	}
	*p = at;
	return n;
}

/* Tokens of a piece with bytes in it that are no UTF-8. */
static size_t count_mended(const struct token_table *t, const uint8_t *p,
			   const uint8_t *end)
{
	uint8_t text[TOKEN_BEFORE + ROOM] TOKEN_ROOM;
	struct token_run r TOKEN_ROOM;
	size_t had = 0, n = mend(&p, end, text, sizeof(text));

	if (p == end)
		return token_merge(t, NULL, text, n);
	token_run_begin(&r);
	for (;;) {
		token_run_add(&r, t, text + had, n);
		if (p == end)
			return token_run_count(&r);
		n += had;
		had = n < TOKEN_BEFORE ? n : TOKEN_BEFORE;
		memmove(text, text + n - had, had);
		n = mend(&p, end, text + had, sizeof(text) - had);
	}
}

/* -- counting -------------------------------------------------------------- */

size_t token_count(const struct token_table *t, struct str text)
{
	const uint8_t *p = (const uint8_t *)text.p, *end = p + text.n, *next;
	bool whole = is_utf8(p, end);
	struct token_memo memo TOKEN_ROOM;
	size_t n = 0;

	token_memo_begin(&memo, text);
	for (; p < end; p = next) {
		next = token_split(t, p, end);
		if (whole || is_utf8(p, next))
			n += token_merge(t, &memo, p, (size_t)(next - p));
		else
			n += count_mended(t, p, next);
	}
	return n;
}

/* -- whose tokens ---------------------------------------------------------- */

/* Models by how their names begin; the first that fits. */
static const struct {
	const char *begins;
	bool whole; /* then nothing but a - may follow */
	enum token_set set;
} models[] = {
	{ "gpt-4o", false, TOKEN_O200K },
	{ "gpt-4.", false, TOKEN_O200K },
	{ "gpt-4", true, TOKEN_CL100K },
	{ "gpt-3.5", true, TOKEN_CL100K },
	{ "gpt-35", true, TOKEN_CL100K },
	{ "gpt-5", false, TOKEN_O200K },
	{ "gpt-oss", false, TOKEN_O200K },
	{ "chatgpt-", false, TOKEN_O200K },
	{ "o1", true, TOKEN_O200K },
	{ "o3", true, TOKEN_O200K },
	{ "o4", true, TOKEN_O200K },
	{ "codex-", false, TOKEN_O200K },
	{ "computer-use-preview", false, TOKEN_O200K },
	{ "text-embedding-3", true, TOKEN_CL100K },
	{ "text-embedding-ada", true, TOKEN_CL100K },
	{ "davinci-002", true, TOKEN_CL100K },
	{ "babbage-002", true, TOKEN_CL100K },
};

int token_set_of(struct str model)
{
	struct str name = model_bare(model), row;
	size_t i;

	for (i = 0; i < COUNT_OF(models); i++) {
		row = str_c(models[i].begins);
		if (!str_istarts(name, row))
			continue;
		if (!models[i].whole || name.n == row.n ||
		    strchr("-:@", name.p[row.n]))
			return (int)models[i].set;
	}
	return -1;
}
