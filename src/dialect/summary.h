/*
 * A summary in the place of dropped messages: what the one who writes it is
 * shown, and where in the request it goes. Both follow from the request and
 * from which messages are dropped, and from nothing else, so a summary can be
 * kept under a hash of its transcript.
 */
#ifndef DIALECT_SUMMARY_H
#define DIALECT_SUMMARY_H

#include "base/splice.h"
#include "dialect/chat.h"

#define SUMMARY_BYTES (100 << 10) /* of a transcript, at most */

/* What to do with a transcript, for a system message. */
extern const char summary_task[];

/*
 * Appends the transcript of the n messages `gone` (their tokens, in document
 * order) as a quoted JSON string: roles are named, calls and results are
 * shortened, of a long transcript the middle is left out. What somebody said
 * is indented from its second line on: nobody can say a line that looks as
 * if another had said it. Text is copied in linear time, into bounded memory.
 */
void summary_transcript(struct buf *b, const struct chat *c,
			const uint32_t *gone, size_t n);

/*
 * Puts the summary into the request, behind the system messages and in front
 * of what is kept; an empty one is not put.
 *
 * It becomes a part of the first user message that is kept: of its text when
 * that is a string, a block of its own when it is a list. So roles go on
 * alternating, which Anthropic's older models and many chat templates demand,
 * and text that is a string stays one, since some servers take nothing else.
 * It stands at the front of that message; at its end, when the message is
 * older than what was dropped (it is pinned, or the task of a long run of
 * tool calls). Either way the bytes up to it, and from it on, are the same
 * in each turn until the next cut. A conversation in which an assistant's
 * turn comes first gets a user message of its own in front of it.
 *
 * The edits are insertions: into a string right behind its first or before
 * its last quote, else in front of or behind an item. They may be combined
 * with splice_cut() of `gone` and with all that does not replace the same
 * message or its content.
 */
void summary_insert(struct splices *s, const struct chat *c,
		 const uint32_t *gone, size_t n, struct str text);

#endif
