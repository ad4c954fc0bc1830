/* The scripted behaviour: [[words]] inside the last user text. */
#ifndef FAKE_SCRIPT_H
#define FAKE_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

/* Every member is an int; a number that was not given is -1, a flag that
 * was not given is 0. script.c has the table that says what each does. */
struct script {
	int slow, first, hold, pieces, big;
	int cut, rst, cleancut, stall, errorevent;
	int status, retry_after, times, after;
	int tool, tools, reasoning, refusal, logprobs, json, unicode, n;
	int crlf, nospace, split, comments, nodone;
	int badjson, jsononly, ssealways, hints, close;
	int hang, drop, reset, hanghead, resethead, html, error200, errorfirst, toolong;
	int badevent, saysmore, saysless, smuggle, drip;
	int retry_ms, retry_date, should_retry;
	int nousage, in, out, cached, written, length, stopseq, echo, recite;
};

/* Reads the words; [[only MODEL]] voids all others for other models. */
void script_read(struct script *s, struct str text, struct str model);

/* What would go wrong does not: for [[times]] and [[after]]. */
void script_spare(struct script *s);

/* The table, one line a word. */
void script_help(FILE *f);

#endif
