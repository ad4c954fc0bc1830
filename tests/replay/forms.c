/* A reply is JSON or events: made the other form and back it says the same. */
#include "replay.h"

static void check_expanded(struct job *j, struct str json,
			   const struct said *want, const char *whose)
{
	struct reply_facts facts;
	struct said got;
	struct buf sse;
	const char *what;

	facts_init(&facts);
	if (facts_of_json(&facts, j->a, j->shape, json) < 0) {
		job_fails(j, "%s is no reply", whose);
		return;
	}
	buf_init(&sse, j->a);
	if (reply_expand(&sse, j->shape, json, true) < 0) {
		job_odd(j, "%s cannot be streamed", whose);
		return;
	}
	j->score->forms++;
	said_stream(&got, j->a, j->shape, buf_view(&sse));
	if (!want->ended) /* a stream must have a reason */
		got.finish = want->finish;
	what = said_differ(&got, want);
	if (what)
		job_fails(j, "%s, streamed, does not keep %s", whose, what);
	if (!want->ended)
		job_odd(j, "%s has no reason for its end", whose);
	if (got.how != SAID_WHOLE || got.after_end)
		job_fails(j, "%s, streamed, has no proper end", whose);
	if (got.last && (what = said_differ(&got, got.last)))
		job_fails(j, "%s, streamed, says %s in two ways", whose, what);
}

/* Events -> JSON -> events. */
static void check_stream(struct job *j)
{
	const struct said *want = j->said.last ? j->said.last : &j->said;
	struct said got;
	struct buf json;
	const char *what;
	bool good = j->said.how == SAID_WHOLE && !j->said.after_end;

	buf_init(&json, j->a);
	if (reply_assemble(&json, j->shape, j->bytes) < 0) {
		if (good)
			job_odd(j, "it cannot be made JSON");
		return;
	}
	j->score->forms++;
	if (!good) {
		job_fails(j, "it is broken and was made JSON");
		return;
	}
	if (said_json(&got, j->a, j->shape, buf_view(&json)) < 0)
		job_fails(j, "made JSON it is no reply");
	what = said_differ(&got, want);
	if (what)
		job_fails(j, "made JSON it does not keep %s", what);
	else
		check_expanded(j, buf_view(&json), want, "the assembled one");
}

/* JSON -> events -> JSON. */
static void check_json(struct job *j)
{
	struct buf sse, json;
	struct said got;
	const char *what;

	check_expanded(j, j->bytes, &j->said, "it");
	buf_init(&sse, j->a);
	buf_init(&json, j->a);
	if (reply_expand(&sse, j->shape, j->bytes, true) < 0)
		return;
	if (reply_assemble(&json, j->shape, buf_view(&sse)) < 0) {
		job_fails(j, "its stream cannot be made JSON");
		return;
	}
	j->score->forms++;
	said_json(&got, j->a, j->shape, buf_view(&json));
	if (!j->said.ended)
		got.finish = j->said.finish;
	what = said_differ(&got, &j->said);
	if (what)
		job_fails(j, "there and back it does not keep %s", what);
}

void check_forms(struct job *j)
{
	if (j->stream)
		check_stream(j);
	else
		check_json(j);
}
