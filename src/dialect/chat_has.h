/*
 * What else a request has, looked for only when somebody asks: routing rules
 * do, the way of a hit never does. Each function is one pass over the
 * request's tokens.
 */
#ifndef DIALECT_CHAT_HAS_H
#define DIALECT_CHAT_HAS_H

#include "dialect/chat.h"

/* Tools the model may call (or functions, as they once were called). */
bool chat_has_tools(const struct chat *c);

/* An image in any message, also in a tool's result. */
bool chat_has_images(const struct chat *c);

/* An answer that is to be JSON: of a schema, or of any form. */
enum chat_json { CHAT_JSON_NOT, CHAT_JSON_ANY, CHAT_JSON_SCHEMA };
enum chat_json chat_has_json(const struct chat *c);

/* Characters of text in the whole prompt, decoded: system text, messages,
 * what tools were asked and answered. Tools' own descriptions and images do
 * not count. */
size_t chat_chars(const struct chat *c);

#endif
