/* Is a request nothing but a question, to which a text is a whole answer? */
#ifndef THRIFT_PLAIN_H
#define THRIFT_PLAIN_H

#include "dialect/chat.h"

/* The text that is asked: of the last user message, or a completion's prompt;
 * empty when there is none. Costs nothing. */
struct str plain_text(const struct chat *c);

/* Is it all that is asked? One user message with system messages beside it,
 * of nothing but text; no tools, form, state or further choices wanted. */
bool plain_is(const struct chat *c);

#endif
