#include "base/utf8.h"

static int is_tail(const char *p)
{
	return ((unsigned char)*p & 0xc0) == 0x80;
}

size_t utf8_len(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	if (u[0] < 0xe0)
		return n >= 2 && is_tail(p + 1) ? 2 : 0;
	if (u[0] < 0xf0) {
		if (n < 3 || !is_tail(p + 1) || !is_tail(p + 2))
			return 0;
		if (u[0] == 0xe0 && u[1] < 0xa0) /* overlong */
			return 0;
		if (u[0] == 0xed && u[1] > 0x9f) /* surrogate */
			return 0;
		return 3;
	}
	if (n < 4 || !is_tail(p + 1) || !is_tail(p + 2) || !is_tail(p + 3))
		return 0;
	if (u[0] == 0xf0 && u[1] < 0x90) /* overlong */
		return 0;
	if (u[0] == 0xf4 && u[1] > 0x8f) /* past U+10FFFF */
		return 0;
	return 4;
}

size_t utf8_put(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t utf8_count(struct str s)
{
	size_t at = 0, count = 0, len;

	for (; at < s.n; count++) {
		len = utf8_len(s.p + at, s.n - at);
		at += len ? len : 1;
	}
	return count;
}
