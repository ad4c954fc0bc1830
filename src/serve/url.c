#include "serve/url.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/count.h"
#include "net/metadata.h"

#define LONGEST_HOST 253
#define LONGEST_LABEL 63
#define LONGEST_QUERY 1024

static const char bad_host[] = "has a host that is neither a plain name nor "
	"an address: write letters, digits and hyphens (xn--... for others), "
	"or 127.0.0.1, or [::1]";
static const char bad_port[] = "has a port that is none of 1 to 65535";
static const char bad_path[] = "has a path with an empty, \".\" or \"..\" "
	"segment";
static const char bad_bytes[] = "has a blank, a quote, a bracket, a %, a "
	"backslash or a byte that is not ASCII: write it plainly";
static const char bad_user[] = "must not hold a user or password; use "
	"key_file";
static const char metadata[] = "leads to an address at which clouds keep "
	"their machines' own credentials";

/* -- hosts ----------------------------------------------------------------- */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static bool all_in(struct str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(set, s.p[i]))
			return false;
	return s.n > 0;
}

/* Would an old resolver take it for an address? 0x7f000001, 127.1, 017700. */
static bool numeric(struct str label)
{
	return all_in(label, "0123456789") ||
	       str_istarts(label, STR("0x"));
}

static const char *read_label(struct str label)
{
	if (!label.n || label.n > LONGEST_LABEL || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-')
		return bad_host;
	for (size_t i = 0; i < label.n; i++)
		if (!is_alnum(label.p[i]) && !strchr("-_", label.p[i]))
			return bad_host;
	return NULL;
}

static const char *read_v4(struct url *u, const char *host)
{
	struct in_addr a;

	if (inet_pton(AF_INET, host, &a) != 1) /* strict: four decimals */
		return bad_host;
	if (metadata_v4(&a))
		return metadata;
	u->loopback = ntohl(a.s_addr) >> 24 == 127;
	return NULL;
}

static const char *read_v6(struct url *u, const char *host)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, host, &a) != 1) /* which knows no zones */
		return bad_host;
	if (metadata_v6(&a))
		return metadata;
	u->loopback = IN6_IS_ADDR_LOOPBACK(&a);
	return NULL;
}

/* "metadata.google.internal" and its short form lead there by name. */
static bool names_metadata(struct str host)
{
	static const char *const names[] = {
		"metadata", "metadata.google.internal", "metadata.goog",
		"instance-data", "instance-data.ec2.internal",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_ieq(host, str_c(names[i])))
			return true;
	return false;
}

static const char *read_host(struct url *u, struct str host)
{
	struct str rest = host, label = { 0 };
	char text[LONGEST_HOST + 1];
	const char *why;

	if (!host.n || host.n > LONGEST_HOST)
		return bad_host;
	snprintf(text, sizeof(text), "%.*s", (int)host.n, host.p);
	if (memchr(host.p, ':', host.n))
		return read_v6(u, text);
	while (str_cut(&rest, '.', &label)) {
		why = read_label(label);
		if (why)
			return why;
	}
	if (host.p[host.n - 1] == '.')
		return bad_host;
	if (numeric(label))
		return read_v4(u, text);
	u->loopback = str_ieq(host, STR("localhost"));
	return names_metadata(host) ? metadata : NULL;
}

static const char *read_port(struct str port)
{
	int value = 0;

	if (!all_in(port, "0123456789") || port.n > 5)
		return bad_port;
	for (size_t i = 0; i < port.n; i++)
		value = value * 10 + (port.p[i] - '0');
	return value < 1 || value > 65535 ? bad_port : NULL;
}

/* host, host:port, [v6], [v6]:port. Sets *port_r to what is behind the host
 * with its colon. */
static const char *split_host(struct str *host, struct str *port_r)
{
	const char *at;
	size_t n;

	if (host->n && host->p[0] == '[') {
		at = memchr(host->p, ']', host->n);
		n = at ? (size_t)(at - host->p) : 0;
		if (!at || !memchr(host->p, ':', n))
			return bad_host;
		*port_r = str_from(*host, n + 1);
		*host = (struct str){ host->p + 1, n - 1 };
		return port_r->n && port_r->p[0] != ':' ? bad_host : NULL;
	}
	at = host->n ? memchr(host->p, ':', host->n) : NULL;
	n = at ? (size_t)(at - host->p) : host->n;
	*port_r = str_from(*host, n);
	host->n = n;
	return NULL;
}

static const char *read_authority(struct url *u, struct str host,
				  bool needs_port)
{
	struct str port;
	const char *why = split_host(&host, &port);

	if (!why && (port.n || needs_port))
		why = port.n ? read_port(str_from(port, 1)) : bad_port;
	return why ? why : read_host(u, host);
}

/* -- the rest -------------------------------------------------------------- */

static const char *read_bytes(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f ||
		    strchr("\\\"<>^`{|}%", text.p[i]))
			return bad_bytes;
	if (memchr(text.p, '@', text.n))
		return bad_user;
	if (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n))
		return "must be a host and a path, such as "
		       "https://api.openai.com/v1; what is behind a ? belongs "
		       "in `query`";
	return NULL;
}

/* path begins with a slash or is empty; slashes at its end are no matter. */
static const char *read_path(struct str path)
{
	struct str part;

	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	if (!path.n)
		return NULL;
	path = str_from(path, 1);
	if (memchr(path.p, '[', path.n) || memchr(path.p, ']', path.n))
		return bad_bytes;
	if (memmem(path.p, path.n, "..", 2))
		return bad_path;
	while (str_cut(&path, '/', &part))
		if (!part.n || part.p[0] == ';' || str_is(part, ".") ||
		    str_starts(part, STR(".;")))
			return bad_path;
	return NULL;
}

/* What is behind the first of the schemes it begins with, or NULL. */
static const char *behind_scheme(struct str text, const char *const *scheme,
				 size_t n, size_t *which_r)
{
	for (size_t i = 0; i < n; i++)
		if (str_istarts(text, str_c(scheme[i]))) {
			*which_r = i;
			return text.p + strlen(scheme[i]);
		}
	return NULL;
}

static struct str until_slash(struct str s)
{
	const char *at = s.n ? memchr(s.p, '/', s.n) : NULL;

	return (struct str){ s.p, at ? (size_t)(at - s.p) : s.n };
}

const char *url_base(struct url *u_r, struct str text)
{
	static const char *const scheme[] = { "https://", "http://" };
	struct url u = { 0 };
	struct str rest, host;
	const char *at, *why;
	size_t which;

	at = behind_scheme(text, scheme, COUNT_OF(scheme), &which);
	if (!at)
		return "must begin with https:// (or http://)";
	why = read_bytes(text);
	if (why)
		return why;
	rest = str_from(text, (size_t)(at - text.p));
	host = until_slash(rest);
	u.tls = which == 0;
	why = read_authority(&u, host, false);
	if (!why)
		why = read_path(str_from(rest, host.n));
	if (!why)
		*u_r = u;
	return why;
}

const char *url_proxy(struct url *u_r, struct str text)
{
	static const char *const scheme[] = { "https://", "http://",
					      "socks5h://", "socks5://" };
	struct url u = { 0 };
	struct str rest, host;
	const char *at, *why;
	size_t which;

	at = behind_scheme(text, scheme, COUNT_OF(scheme), &which);
	if (!at)
		return "must begin with http://, https://, socks5:// or "
		       "socks5h://";
	if (memchr(text.p, '@', text.n))
		return "must not hold a user or password";
	rest = str_from(text, (size_t)(at - text.p));
	host = until_slash(rest);
	u.tls = which == 0;
	why = read_bytes(text);
	if (!why && rest.n > host.n + 1)
		why = "must be a host and a port, without a path";
	if (!why)
		why = read_authority(&u, host, true);
	if (!why)
		*u_r = u;
	return why;
}

const char *url_query(struct str text)
{
	if (text.n > LONGEST_QUERY)
		return "is longer than 1024 bytes";
	if (text.p[0] == '?' || text.p[0] == '&')
		return "begins with the name of its first parameter: larder "
		       "puts the ? before it";
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f ||
		    strchr("#\"<>\\", text.p[i]))
			return "has a blank, a #, a quote or a byte that is "
			       "not ASCII: write it as in a URL, with %XX";
	return NULL;
}
