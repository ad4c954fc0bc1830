#include "fake/script.h"

#include <stdlib.h>

struct word {
	const char *name;
	size_t at;  /* of the int in struct script */
	int absent; /* its value when the word does not stand there */
	int bare;   /* its value when the word stands there without a number */
	const char *arg, *what;
	bool fault; /* [[times]] and [[after]] say when it counts */
};

#define FLAG(name, what) \
	{ #name, offsetof(struct script, name), 0, 1, "", what, false }
#define NUMBER(text, name, bare, what) \
	{ text, offsetof(struct script, name), -1, bare, " N", what, false }
#define FAULT(name, what) \
	{ #name, offsetof(struct script, name), 0, 1, "", what, true }
#define FAULT_AT(text, name, bare, what) \
	{ text, offsetof(struct script, name), -1, bare, " N", what, true }

static const struct word words[] = {
	NUMBER("first", first, 500, "wait N ms before the status line"),
	NUMBER("hold", hold, 0,
	       "after N pieces wait for GET /fake/release; 0: before all"),
	NUMBER("slow", slow, 100, "wait N ms before each piece"),
	NUMBER("pieces", pieces, 5, "text comes in N pieces (5)"),
	FLAG(echo, "text is made of question and credential alone"),
	NUMBER("big", big, 64, "N KB of text"),
	FAULT_AT("cut", cut, 3, "close the connection after N pieces"),
	FAULT_AT("rst", rst, 3, "reset the connection after N pieces"),
	FAULT_AT("cleancut", cleancut, 3,
	       "end the stream well-formed after N pieces, no terminator"),
	FAULT_AT("stall", stall, 2,
	       "after N pieces send nothing more, stay open"),
	FAULT_AT("errorevent", errorevent, 2, "an error event after N pieces"),
	FAULT_AT("badevent", badevent, 2,
		 "after N pieces an event that is no JSON"),
	FAULT(errorfirst, "an error event is the stream's first"),
	FAULT_AT("drip", drip, 20, "N ms before every single byte"),
	FAULT_AT("saysmore", saysmore, 1000,
		 "Content-Length says N more than comes"),
	FAULT_AT("saysless", saysless, 20,
		 "Content-Length says N less (a stream: N in all)"),
	FAULT(smuggle, "3 ms behind the reply comes another, of \"poison\""),
	FAULT(hang, "no byte of a reply, the connection stays open"),
	FAULT(drop, "close the connection before the reply"),
	FAULT(reset, "reset the connection before the reply"),
	FAULT(hanghead, "... behind the head, the connection stays open"),
	FAULT(resethead, "reset the connection behind the head"),
	FAULT_AT("status", status, 500, "an error reply with status N"),
	FAULT(html, "a page of HTML, with that status or 200"),
	FAULT(error200, "an error object with status 200"),
	FAULT(toolong, "the prompt is too long for the model, says a 400"),
	FAULT_AT("retry-after", retry_after, 1,
		 "Retry-After: N on an error reply"),
	FAULT_AT("retry-ms", retry_ms, 100, "retry-after-ms: N on it"),
	FAULT_AT("retry-date", retry_date, 1,
		 "Retry-After with the date in N seconds on it"),
	FAULT_AT("should-retry", should_retry, 1,
		 "x-should-retry: true (1) or false (0) on it"),
	NUMBER("times", times, 1,
	       "what fails does so only the first N times this text is asked"),
	NUMBER("after", after, 1, "... only after the first N times"),
	FLAG(tool, "a tool call, its arguments in fragments"),
	FLAG(tools, "two parallel tool calls"),
	FLAG(reasoning, "reasoning_content, thinking block, reasoning item"),
	FLAG(refusal, "a refusal instead of text"),
	FLAG(logprobs, "logprobs (also when the request asks for them)"),
	FLAG(json, "the text is {\"a\":1}"),
	FLAG(recite, "the text is what was asked, as JSON (recite.c)"),
	FLAG(unicode, "an emoji whose surrogates fall in two pieces"),
	FLAG(n, "honour n (which is always done)"),
	FLAG(length, "finish reason length / max_tokens / incomplete"),
	FLAG(stopseq, "it stopped at a stop sequence (messages say so)"),
	FLAG(crlf, "events end in CRLF"),
	FLAG(nospace, "`data:` without a space"),
	NUMBER("split", split, 7, "a stream written in pieces of N bytes"),
	FLAG(comments, "comment lines between events"),
	FAULT(nodone, "a stream without its terminator, ended well-formed"),
	FAULT(badjson, "a body that is no JSON (not streamed)"),
	FAULT(jsononly, "JSON although stream is true"),
	FAULT(ssealways, "a stream although stream is false"),
	FLAG(hints, "an interim 103 reply first"),
	FLAG(close, "close the connection after the reply"),
	FLAG(nousage, "no usage"),
	NUMBER("in", in, 10, "usage says N input tokens"),
	NUMBER("out", out, 10, "usage says N output tokens"),
	NUMBER("cached", cached, 5, "N of the input tokens were cached"),
	NUMBER("written", written, 5, "N of them were written to the cache"),
};

#define NWORDS (sizeof(words) / sizeof(words[0]))

static int *member(struct script *s, const struct word *w)
{
	return (int *)(void *)((char *)s + w->at);
}

static void script_clear(struct script *s)
{
	size_t i;

	for (i = 0; i < NWORDS; i++)
		*member(s, &words[i]) = words[i].absent;
}

/* The inside of the next [[...]], moving *text behind it. */
static bool next_word(struct str *text, struct str *inside_r)
{
	const char *open = memmem(text->p, text->n, "[[", 2), *close;
	struct str rest;

	if (!open)
		return false;
	rest = str_from(*text, (size_t)(open - text->p) + 2);
	close = memmem(rest.p, rest.n, "]]", 2);
	if (!close)
		return false;
	*inside_r = (struct str){ rest.p, (size_t)(close - rest.p) };
	*text = str_from(rest, inside_r->n + 2);
	return true;
}

static int number(struct str arg)
{
	char text[16] = "";

	memcpy(text, arg.p, arg.n < 15 ? arg.n : 15);
	return atoi(text);
}

static void obey(struct script *s, struct str inside)
{
	struct str name;
	size_t i;

	if (!str_cut(&inside, ' ', &name))
		return;
	for (i = 0; i < NWORDS; i++)
		if (str_is(name, words[i].name))
			*member(s, &words[i]) =
				inside.n ? number(inside) : words[i].bare;
}

static bool meant_for_other(struct str text, struct str model)
{
	struct str inside, name;

	while (next_word(&text, &inside))
		if (str_cut(&inside, ' ', &name) && str_is(name, "only") &&
		    !str_eq(str_trim(inside), model))
			return true;
	return false;
}

void script_read(struct script *s, struct str text, struct str model)
{
	struct str inside;

	script_clear(s);
	if (meant_for_other(text, model))
		return;
	while (next_word(&text, &inside))
		obey(s, inside);
}

void script_spare(struct script *s)
{
	size_t i;

	for (i = 0; i < NWORDS; i++)
		if (words[i].fault)
			*member(s, &words[i]) = words[i].absent;
}

void script_help(FILE *f)
{
	char left[32];
	size_t i;

	for (i = 0; i < NWORDS; i++) {
		snprintf(left, sizeof(left), "[[%s%s]]", words[i].name,
			 words[i].arg);
		fprintf(f, "  %-18s %s\n", left, words[i].what);
	}
	fprintf(f, "  %-18s %s\n", "[[only MODEL]]",
		"all other words count for this model only");
}
