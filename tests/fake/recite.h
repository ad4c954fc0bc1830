/* What a request asks for, in words that are the same in every dialect. */
#ifndef FAKE_RECITE_H
#define FAKE_RECITE_H

#include "fake/ask.h"

/*
 * For [[recite]]: {"api","system":[...],"turns":[...],"tools":[...],"choice",
 * "one_call","max","temperature","top_p","stop","schema","effort"}; what the
 * request does not say is left out. A turn is one of
 *   ["user"|"assistant", TEXT]            ["image", TYPE and bytes, or URL]
 *   ["call", ID, NAME, ARGUMENTS]         ["result", ID, TEXT]
 *   ["thinks", TEXT]                      ["refuses", TEXT]
 */
struct str recite_make(struct arena *a, const struct ask *q);

#endif
