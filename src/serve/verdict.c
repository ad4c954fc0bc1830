#include "serve/verdict.h"

#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "dialect/error.h"
#include "serve/cascade.h"

struct end_row {
	enum fault fault;
	bool retry, sick, mute, billed;
};

/* How a transfer ended. A connection that was refused cost nobody anything;
 * what ended later may have been answered, and billed, all the same. */
static const struct end_row end_rows[] = {
	[NET_DONE] = { FAULT_NONE, false, false, false, false },
	[NET_NO_CONNECT] = { FAULT_CONNECT, true, true, false, false },
	[NET_NO_FIRST_BYTE] = { FAULT_TIMEOUT, true, true, false, true },
	[NET_STALLED] = { FAULT_TIMEOUT, true, true, false, true },
	[NET_TOO_LONG] = { FAULT_TIMEOUT, false, true, false, true },
	[NET_BROKEN] = { FAULT_CONNECT, true, true, false, true },
	[NET_CALLER_GONE] = { FAULT_NONE, false, false, true, true },
	[NET_REFUSED] = { FAULT_CONNECT, false, true, false, true },
	[NET_STOPPED] = { FAULT_NONE, false, false, true, true },
};

/* -- when to come back ----------------------------------------------------- */

static struct str header(const struct req *r, const char *name)
{
	for (size_t i = 0; i < r->out.nheader; i++)
		if (str_ieq(r->out.header[i].name, str_c(name)))
			return r->out.header[i].value;
	return STR("");
}

/* A number of units, -1 when it is none or nonsense. */
static int64_t number(struct str v, double unit_ms)
{
	char text[24], *end;
	double n;

	v = str_trim(v);
	if (!v.n)
		return -1;
	if (v.n >= sizeof(text))
		v.n = sizeof(text) - 1;
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	n = strtod(text, &end);
	if (*end || !(n >= 0))
		return -1;
	return (int64_t)((n < 1e9 ? n : 1e9) * unit_ms);
}

/* RFC 9110: also a date, as larder's own clock has it. */
static int64_t date(struct req *r, struct str v)
{
	struct tm tm = { 0 };
	const char *end = strptime(arena_cstr(r->a, v),
				   "%a, %d %b %Y %H:%M:%S GMT", &tm);
	int64_t ms;

	if (!end || *end)
		return -1;
	ms = (int64_t)timegm(&tm) * 1000 - r->wall_ms;
	return ms > 0 ? ms : 0;
}

static int64_t retry_after(struct req *r)
{
	struct str v = header(r, "retry-after-ms");
	int64_t ms = number(v, 1);

	if (ms >= 0)
		return ms;
	v = header(r, "retry-after");
	ms = number(v, 1000);
	return ms < 0 && v.n ? date(r, v) : ms;
}

/* -- the verdict ----------------------------------------------------------- */

static bool retriable(int status)
{
	return status == 408 || status == 409 || status == 429 ||
	       status >= 500;
}

static bool is_context(struct req *r, int status)
{
	struct json_error err;
	struct json doc;

	return (status == 400 || status == 413 || status == 422) &&
	       r->out.bytes.n &&
	       json_parse(&doc, r->a, r->out.bytes, &err) == 0 &&
	       error_is_context(&doc);
}

static void judge_status(struct verdict *v, struct req *r)
{
	bool ours = r->who.client;
	struct str said = header(r, "x-should-retry");

	v->status = r->out.status;
	if (v->status < 400 && !r->fail.status)
		return;
	v->fault = FAULT_STATUS;
	v->retry = retriable(v->status);
	if (v->status < 400) /* a redirect, or no answer to this question */
		v->status = r->fail.status;
	v->sick = (v->status == 408 || v->status >= 500) &&
		  !r->out.unfinished;
	if (is_context(r, v->status))
		v->fault = FAULT_CONTEXT;
	if (ours && (v->status >= 401 && v->status <= 403))
		v->fault = FAULT_CREDENTIALS;
	/* A key that is not known is so for all requests. 402, 403 and 429 may
	 * be said to one alone: for its size, its model, or its words. */
	v->sick |= ours && v->status == 401;
	v->wait_ms = retry_after(r);
	if (str_ieq(said, STR("false")))
		v->retry = false;
	else if (str_ieq(said, STR("true")))
		v->retry = true;
}

/* What larder does not read may be anything, an order that is carried out
 * twice: it is repeated only when it was surely not heard. */
static bool harmless(const struct req *r, const struct verdict *v)
{
	return r->out.shape != SHAPE_OTHER ||
	       r->out.end == NET_NO_CONNECT || v->status == 429;
}

void verdict_of(struct verdict *v, struct req *r)
{
	const struct end_row *e = &end_rows[r->out.end];

	*v = (struct verdict){ e->fault, r->fail.status, e->retry, e->sick,
			       e->mute, e->billed, WEAK_NOT, -1 };
	if (r->out.aborted) {
		v->mute = true;
		v->fault = FAULT_NONE;
	} else if (r->out.end == NET_DONE && r->out.answered) {
		judge_status(v, r);
	}
	v->retry = v->retry && !r->out.aborted && harmless(r, v);
	v->weak = cascade_weak(r);
	v->billed |= v->weak && !r->out.whole; /* for what it did not say */
}

/* -- words ----------------------------------------------------------------- */

const char *verdict_words(const struct verdict *v, struct arena *a)
{
	static const char *const words[] = {
		[FAULT_NONE] = "", [FAULT_CONNECT] = "no good connection",
		[FAULT_TIMEOUT] = "no answer in time",
		[FAULT_CONTEXT] = "the prompt is too long for it",
		[FAULT_DOWN] = "it keeps failing",
	};

	if (v->fault == FAULT_STATUS || v->fault == FAULT_CREDENTIALS)
		return arena_printf(a, "status %d", v->status);
	return words[v->fault];
}

static bool word_is(const char *word, const struct verdict *v)
{
	static const char *const names[] = {
		[FAULT_NONE] = "", [FAULT_CONNECT] = "connect",
		[FAULT_TIMEOUT] = "timeout", [FAULT_STATUS] = "",
		[FAULT_CONTEXT] = "context",
		[FAULT_CREDENTIALS] = "credentials", [FAULT_DOWN] = "",
	};

	if (strcmp(word, names[v->fault]) == 0)
		return true;
	if (v->fault < FAULT_STATUS)
		return false;
	if (word[0] && strcmp(word + 1, "xx") == 0)
		return word[0] - '0' == v->status / 100;
	return atoi(word) == v->status;
}

bool verdict_is(const struct verdict *v, const struct conf_words *on)
{
	if (v->fault == FAULT_NONE || v->fault == FAULT_DOWN)
		return v->fault == FAULT_DOWN; /* it failed before */
	for (size_t i = 0; i < on->n; i++)
		if (word_is(on->word[i], v))
			return true;
	return false;
}
