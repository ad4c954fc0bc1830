/*
 * What a text is about, by its looks alone: programs, mathematics, which
 * script it is written in. One pass each, time linear in the text. How well
 * code and math are told apart from prose is measured (bench/detect).
 */
#ifndef THRIFT_DETECT_H
#define THRIFT_DETECT_H

#include <stdbool.h>

#include "base/str.h"

#define DETECT_MOST (64 << 10) /* bytes: what is behind is not looked at */

struct topics {
	bool code, math;
};
struct topics detect_topics(struct str text);

enum script {
	SCRIPT_NONE, /* no letters */
	SCRIPT_LATIN,
	SCRIPT_CYRILLIC,
	SCRIPT_GREEK,
	SCRIPT_ARABIC,
	SCRIPT_HEBREW,
	SCRIPT_DEVANAGARI,
	SCRIPT_THAI,
	SCRIPT_HANGUL,
	SCRIPT_KANA, /* Japanese: any kana beside Han */
	SCRIPT_HAN,
	SCRIPT_OTHER,
	SCRIPTS
};

/* The script of most letters. */
enum script detect_script(struct str text);
const char *script_word(enum script s); /* "latin", ... */
enum script script_named(const char *word); /* SCRIPT_NONE: unknown */

#endif
