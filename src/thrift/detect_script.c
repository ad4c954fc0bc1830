#include "thrift/detect.h"

#include <stdint.h>

#include "base/count.h"
#include "base/utf8.h"

static const char *const words[SCRIPTS] = {
	[SCRIPT_NONE] = "none", [SCRIPT_LATIN] = "latin",
	[SCRIPT_CYRILLIC] = "cyrillic", [SCRIPT_GREEK] = "greek",
	[SCRIPT_ARABIC] = "arabic", [SCRIPT_HEBREW] = "hebrew",
	[SCRIPT_DEVANAGARI] = "devanagari", [SCRIPT_THAI] = "thai",
	[SCRIPT_HANGUL] = "hangul", [SCRIPT_KANA] = "kana",
	[SCRIPT_HAN] = "han", [SCRIPT_OTHER] = "other",
};

/* Letters beyond ASCII, in order; signs and digits of a script are none. */
static const struct {
	uint32_t first, last;
	enum script script;
} ranges[] = {
	{ 0x00aa, 0x00aa, SCRIPT_LATIN },
	{ 0x00ba, 0x00ba, SCRIPT_LATIN },
	{ 0x00c0, 0x00d6, SCRIPT_LATIN },
	{ 0x00d8, 0x00f6, SCRIPT_LATIN },
	{ 0x00f8, 0x02af, SCRIPT_LATIN },
	{ 0x02c7, 0x02c7, SCRIPT_OTHER },
	{ 0x0370, 0x0374, SCRIPT_GREEK },
	{ 0x0376, 0x037d, SCRIPT_GREEK },
	{ 0x037f, 0x037f, SCRIPT_GREEK },
	{ 0x0386, 0x0386, SCRIPT_GREEK },
	{ 0x0388, 0x03e1, SCRIPT_GREEK },
	{ 0x03e2, 0x03ef, SCRIPT_OTHER },
	{ 0x03f0, 0x03f5, SCRIPT_GREEK },
	{ 0x03f7, 0x03ff, SCRIPT_GREEK },
	{ 0x0400, 0x0481, SCRIPT_CYRILLIC },
	{ 0x048a, 0x052f, SCRIPT_CYRILLIC },
	{ 0x0531, 0x0588, SCRIPT_OTHER },
	{ 0x05d0, 0x05ea, SCRIPT_HEBREW },
	{ 0x05ef, 0x05f2, SCRIPT_HEBREW },
	{ 0x0620, 0x064a, SCRIPT_ARABIC },
	{ 0x066e, 0x06d3, SCRIPT_ARABIC },
	{ 0x06d5, 0x06d5, SCRIPT_ARABIC },
	{ 0x06e5, 0x06e6, SCRIPT_ARABIC },
	{ 0x06ee, 0x06ef, SCRIPT_ARABIC },
	{ 0x06fa, 0x06fc, SCRIPT_ARABIC },
	{ 0x06ff, 0x06ff, SCRIPT_ARABIC },
	{ 0x0710, 0x074f, SCRIPT_OTHER },
	{ 0x0750, 0x077f, SCRIPT_ARABIC },
	{ 0x0780, 0x086a, SCRIPT_OTHER },
	{ 0x0870, 0x0887, SCRIPT_ARABIC },
	{ 0x0889, 0x088e, SCRIPT_ARABIC },
	{ 0x08a0, 0x08c9, SCRIPT_ARABIC },
	{ 0x0904, 0x0939, SCRIPT_DEVANAGARI },
	{ 0x093d, 0x093d, SCRIPT_DEVANAGARI },
	{ 0x0950, 0x0950, SCRIPT_DEVANAGARI },
	{ 0x0958, 0x0961, SCRIPT_DEVANAGARI },
	{ 0x0971, 0x097f, SCRIPT_DEVANAGARI },
	{ 0x0980, 0x0dc6, SCRIPT_OTHER },
	{ 0x0e01, 0x0e33, SCRIPT_THAI },
	{ 0x0e40, 0x0e46, SCRIPT_THAI },
	{ 0x0e81, 0x10ff, SCRIPT_OTHER },
	{ 0x1100, 0x11ff, SCRIPT_HANGUL },
	{ 0x1200, 0x1c7d, SCRIPT_OTHER },
	{ 0x1c80, 0x1c88, SCRIPT_CYRILLIC },
	{ 0x1c90, 0x1cfa, SCRIPT_OTHER },
	{ 0x1d00, 0x1d25, SCRIPT_LATIN },
	{ 0x1d26, 0x1d2a, SCRIPT_GREEK },
	{ 0x1d2b, 0x1d2b, SCRIPT_CYRILLIC },
	{ 0x1d62, 0x1d65, SCRIPT_LATIN },
	{ 0x1d66, 0x1d6a, SCRIPT_GREEK },
	{ 0x1d6b, 0x1d9a, SCRIPT_LATIN },
	{ 0x1e00, 0x1eff, SCRIPT_LATIN },
	{ 0x1f00, 0x1fbc, SCRIPT_GREEK },
	{ 0x1fbe, 0x1fbe, SCRIPT_GREEK },
	{ 0x1fc2, 0x1fcc, SCRIPT_GREEK },
	{ 0x1fd0, 0x1fdb, SCRIPT_GREEK },
	{ 0x1fe0, 0x1fec, SCRIPT_GREEK },
	{ 0x1ff2, 0x1ffc, SCRIPT_GREEK },
	{ 0x2071, 0x207f, SCRIPT_OTHER },
	{ 0x2090, 0x209c, SCRIPT_LATIN },
	{ 0x2107, 0x2183, SCRIPT_OTHER },
	{ 0x2184, 0x2184, SCRIPT_LATIN },
	{ 0x2c00, 0x2c5f, SCRIPT_OTHER },
	{ 0x2c60, 0x2c7f, SCRIPT_LATIN },
	{ 0x2c80, 0x2e2f, SCRIPT_OTHER },
	{ 0x3005, 0x3007, SCRIPT_HAN },
	{ 0x3031, 0x303c, SCRIPT_OTHER },
	{ 0x3041, 0x3096, SCRIPT_KANA },
	{ 0x309d, 0x309f, SCRIPT_KANA },
	{ 0x30a1, 0x30fa, SCRIPT_KANA },
	{ 0x30fc, 0x30ff, SCRIPT_KANA },
	{ 0x3105, 0x312f, SCRIPT_OTHER },
	{ 0x3131, 0x318e, SCRIPT_HANGUL },
	{ 0x31a0, 0x31bf, SCRIPT_OTHER },
	{ 0x31f0, 0x31ff, SCRIPT_KANA },
	{ 0x3400, 0x4dbf, SCRIPT_HAN },
	{ 0x4e00, 0x9fff, SCRIPT_HAN },
	{ 0xa000, 0xa62b, SCRIPT_OTHER },
	{ 0xa640, 0xa66e, SCRIPT_CYRILLIC },
	{ 0xa67f, 0xa69b, SCRIPT_CYRILLIC },
	{ 0xa6a0, 0xa6e5, SCRIPT_OTHER },
	{ 0xa722, 0xa787, SCRIPT_LATIN },
	{ 0xa78b, 0xa7ca, SCRIPT_LATIN },
	{ 0xa7d0, 0xa7d9, SCRIPT_LATIN },
	{ 0xa7f5, 0xa7ff, SCRIPT_LATIN },
	{ 0xa800, 0xa8b3, SCRIPT_OTHER },
	{ 0xa8f2, 0xa8f7, SCRIPT_DEVANAGARI },
	{ 0xa8fb, 0xa8fb, SCRIPT_DEVANAGARI },
	{ 0xa8fd, 0xa8fe, SCRIPT_DEVANAGARI },
	{ 0xa90a, 0xa946, SCRIPT_OTHER },
	{ 0xa960, 0xa97c, SCRIPT_HANGUL },
	{ 0xa984, 0xab2e, SCRIPT_OTHER },
	{ 0xab30, 0xab5a, SCRIPT_LATIN },
	{ 0xab60, 0xab64, SCRIPT_LATIN },
	{ 0xab65, 0xab65, SCRIPT_GREEK },
	{ 0xab66, 0xab68, SCRIPT_LATIN },
	{ 0xab70, 0xabe2, SCRIPT_OTHER },
	{ 0xac00, 0xd7a3, SCRIPT_HANGUL },
	{ 0xd7b0, 0xd7c6, SCRIPT_HANGUL },
	{ 0xd7cb, 0xd7fb, SCRIPT_HANGUL },
	{ 0xf900, 0xfad9, SCRIPT_HAN },
	{ 0xfb00, 0xfb06, SCRIPT_LATIN },
	{ 0xfb13, 0xfb17, SCRIPT_OTHER },
	{ 0xfb1d, 0xfb28, SCRIPT_HEBREW },
	{ 0xfb2a, 0xfb4f, SCRIPT_HEBREW },
	{ 0xfb50, 0xfbb1, SCRIPT_ARABIC },
	{ 0xfbd3, 0xfd3d, SCRIPT_ARABIC },
	{ 0xfd50, 0xfdc7, SCRIPT_ARABIC },
	{ 0xfdf0, 0xfdfb, SCRIPT_ARABIC },
	{ 0xfe70, 0xfefc, SCRIPT_ARABIC },
	{ 0xff21, 0xff3a, SCRIPT_LATIN },
	{ 0xff41, 0xff5a, SCRIPT_LATIN },
	{ 0xff66, 0xff9f, SCRIPT_KANA },
	{ 0xffa0, 0xffbe, SCRIPT_HANGUL },
	{ 0xffc2, 0xffdc, SCRIPT_HANGUL },
	{ 0x10000, 0x12543, SCRIPT_OTHER },
	{ 0x12f90, 0x1342e, SCRIPT_OTHER },
	{ 0x14400, 0x14646, SCRIPT_OTHER },
	{ 0x16800, 0x16b8f, SCRIPT_OTHER },
	{ 0x16e40, 0x18d08, SCRIPT_OTHER },
	{ 0x1aff0, 0x1b001, SCRIPT_KANA },
	{ 0x1b002, 0x1b11e, SCRIPT_OTHER },
	{ 0x1b11f, 0x1b122, SCRIPT_KANA },
	{ 0x1b150, 0x1b152, SCRIPT_KANA },
	{ 0x1b164, 0x1b167, SCRIPT_KANA },
	{ 0x1b170, 0x1b2fb, SCRIPT_OTHER },
	{ 0x1bc00, 0x1bc99, SCRIPT_OTHER },
	{ 0x1df00, 0x1df1e, SCRIPT_LATIN },
	{ 0x1e100, 0x1e2eb, SCRIPT_OTHER },
	{ 0x1e7e0, 0x1e94b, SCRIPT_OTHER },
	{ 0x1ee00, 0x1ee3b, SCRIPT_ARABIC },
	{ 0x1ee42, 0x1ee42, SCRIPT_ARABIC },
	{ 0x1ee47, 0x1ee9b, SCRIPT_ARABIC },
	{ 0x1eea1, 0x1eebb, SCRIPT_ARABIC },
	{ 0x20000, 0x3134f, SCRIPT_HAN },
};

/* The code point of the valid sequence of n bytes at p. */
static uint32_t code_point(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t c = n == 2 ? u[0] & 0x1f : n == 3 ? u[0] & 0x0f : u[0] & 0x07;
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3f);
	return c;
}

static enum script script_of(uint32_t c)
{
	size_t low = 0, high = COUNT_OF(ranges), mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (c < ranges[mid].first)
			high = mid;
		else if (c > ranges[mid].last)
			low = mid + 1;
		else
			return ranges[mid].script;
	}
	return SCRIPT_NONE;
}

static bool ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void letters_count(struct str text, size_t count[SCRIPTS])
{
	size_t i, n;

	for (i = 0; i < text.n; i += n) {
		n = 1;
		if ((unsigned char)text.p[i] < 0x80) {
			count[SCRIPT_LATIN] += ascii_letter(text.p[i]);
			continue;
		}
		n = utf8_len(text.p + i, text.n - i);
		if (n)
			count[script_of(code_point(text.p + i, n))]++;
		else
			n = 1;
	}
}

enum script detect_script(struct str text)
{
	size_t count[SCRIPTS] = { 0 };
	enum script best = SCRIPT_NONE, s;

	letters_count(text, count);
	count[SCRIPT_NONE] = 0;
	if (count[SCRIPT_KANA]) {
		count[SCRIPT_KANA] += count[SCRIPT_HAN];
		count[SCRIPT_HAN] = 0;
	}
	for (s = SCRIPT_LATIN; s < SCRIPTS; s++)
		if (count[s] > count[best])
			best = s;
	return best;
}

const char *script_word(enum script s)
{
	return words[s];
}

enum script script_named(const char *word)
{
	enum script s;

	for (s = SCRIPT_LATIN; s < SCRIPTS; s++)
		if (strcmp(words[s], word) == 0)
			return s;
	return SCRIPT_NONE;
}
