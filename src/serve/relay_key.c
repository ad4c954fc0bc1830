/* What larder asks with must not come back to a caller in what it gets. */
#include "serve/relay.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 :
							0;
}

/* The bytes with JSON's escapes resolved, near enough to look for plain
 * ASCII in them. */
static struct str unescaped(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			out[n++] = s.p[i];
		} else if (s.p[i + 1] == 'u' && s.n - i > 5) {
			out[n++] = (char)(hex(s.p[i + 4]) << 4 |
					  hex(s.p[i + 5]));
			i += 5;
		} else {
			out[n++] = s.p[++i];
		}
	}
	return (struct str){ out, n };
}

/* Some servers quote a request's headers in what they say of it. */
bool relay_holds_key(const struct relay *y, struct str bytes)
{
	struct str key = site_upstream_key(y->r->site,
					   y->r->out.by->upstream);

	if (key.n < 8 || bytes.n < key.n)
		return false;
	if (memmem(bytes.p, bytes.n, key.p, key.n))
		return true;
	if (!memchr(bytes.p, '\\', bytes.n))
		return false;
	bytes = unescaped(y->scratch, bytes);
	return memmem(bytes.p, bytes.n, key.p, key.n);
}

/* The same across the pieces that raw bytes come in. */
bool relay_seam_holds_key(struct relay *y, struct str bytes)
{
	struct str key = site_upstream_key(y->r->site,
					   y->r->out.by->upstream);
	size_t keep = y->seam.n < key.n ? y->seam.n : key.n;

	if (!key.n)
		return false;
	if (keep)
		memmove(y->seam.p, y->seam.p + y->seam.n - keep, keep);
	y->seam.n = keep;
	buf_str(&y->seam, bytes);
	y->leaks |= relay_holds_key(y, buf_view(&y->seam));
	arena_reset(y->scratch);
	return y->leaks;
}
