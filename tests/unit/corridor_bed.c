/* The bed itself: its network, its door and its site. */
#include "corridor_bed.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/file.h"

/* -- the network ----------------------------------------------------------- */

struct net {
	struct bed *bed;
};

static void net_close(struct net **n)
{
	free(*n);
	*n = NULL;
}

static void note_call(struct bed *b, const struct net_call *c)
{
	struct buf h;

	buf_init(&h, b->a);
	for (size_t i = 0; i < c->nheader; i++) {
		buf_str(&h, c->header[i].name);
		buf_puts(&h, ": ");
		buf_str(&h, c->header[i].value);
		buf_putc(&h, '\n');
	}
	b->calls++;
	b->net = (struct asked_net){
		arena_strdup(b->a, c->method), arena_strdup(b->a, c->url),
		arena_cstr(b->a, buf_view(&h)), arena_str(b->a, c->body),
	};
	if (b->larder_key) {
		assert_false(bed_has(buf_view(&h), b->larder_key));
		assert_false(bed_has(str_c(c->url), b->larder_key));
	}
}

static int play_head(const struct play *p, const struct net_call *c)
{
	struct net_header h[16];
	size_t n = 0;

	if (p->type)
		h[n++] = (struct net_header){ STR("Content-Type"),
					      str_c(p->type) };
	for (size_t i = 0; p->header && p->header[i]; i += 2)
		h[n++] = (struct net_header){ str_c(p->header[i]),
					      str_c(p->header[i + 1]) };
	return c->head(c->ctx, p->status, h, n);
}

static int play_silence(const struct play *p, const struct net_call *c, int n)
{
	for (; n > 0; n--) {
		if (p->tick_ms)
			bed_later(p->tick_ms);
		if (c->tick(c->ctx))
			return -1;
	}
	return 0;
}

static int play_body(const struct play *p, const struct net_call *c)
{
	struct str rest = str_c(p->body);
	size_t piece;

	if (play_silence(p, c, p->ticks))
		return -1;
	while (rest.n) {
		piece = p->piece && p->piece < rest.n ? p->piece : rest.n;
		if (c->data(c->ctx, (struct str){ rest.p, piece }))
			return -1;
		rest = str_from(rest, piece);
	}
	return 0;
}

static enum net_end net_play(struct net *n, const struct net_call *c,
			     char *err_r, size_t err_n)
{
	struct bed *b = n->bed;
	struct play p = b->play;

	note_call(b, c);
	if (b->answer)
		b->answer(b, &p);
	snprintf(err_r, err_n, "as the script has it");
	if (p.gone && c->gone(c->ctx))
		return NET_CALLER_GONE;
	if (play_silence(&p, c, p.early_ticks))
		return NET_REFUSED;
	if (p.status && (play_head(&p, c) || play_body(&p, c)))
		return NET_REFUSED;
	return p.end;
}

static const struct net_ops ops = { NET_ABI, NULL, net_close, net_play };

/* -- the door -------------------------------------------------------------- */

struct memory_door {
	struct door door;
	struct bed *bed;
	const struct ask *ask;
	char length[24];
	struct str rest;
	struct buf out;
	struct errand *errand;
};

static struct memory_door *of_sink(struct sink *s)
{
	return (struct memory_door *)((char *)s -
				      offsetof(struct memory_door, door.out));
}

static int door_write(struct sink *s, struct str bytes)
{
	struct memory_door *m = of_sink(s);

	buf_str(&m->out, bytes);
	return m->bed->sink_dies_at && m->out.n > m->bed->sink_dies_at ? -1 :
									 0;
}

static int door_flush(struct sink *s)
{
	struct memory_door *m = of_sink(s);

	m->bed->flushes++;
	if (m->bed->flushed)
		m->bed->flushed(m->bed, buf_view(&m->out));
	return 0;
}

static const char *door_param(struct door *d, const char *name)
{
	const struct memory_door *m = (struct memory_door *)d;
	const struct ask *q = m->ask;

	for (size_t i = 0; q->param[i]; i += 2)
		if (strcmp(q->param[i], name) == 0)
			return q->param[i + 1];
	if (strcmp(name, "REQUEST_URI") == 0)
		return q->uri ? q->uri : "/v1/chat/completions";
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return q->method ? q->method : "POST";
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return q->auth ? q->auth : q->xkey ? NULL : "Bearer sk-own";
	if (strcmp(name, "HTTP_X_API_KEY") == 0)
		return q->xkey;
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return m->length;
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return "application/json";
	return NULL;
}

/* In small pieces, as a socket might. */
static ssize_t door_read(struct door *d, char *p, size_t n)
{
	struct memory_door *m = (struct memory_door *)d;

	if (n > 1000)
		n = 1000;
	if (n > m->rest.n)
		n = m->rest.n;
	memcpy(p, m->rest.p, n);
	m->rest = str_from(m->rest, n);
	return (ssize_t)n;
}

/* -- what came of it ------------------------------------------------------- */

static void check_head(struct bed *b)
{
	struct str rest = b->head;
	const char *said;
	size_t n;

	assert_true(str_starts(rest, STR("Status: ")));
	b->status = atoi(rest.p + 8);
	while (rest.n) {
		const char *cr = memchr(rest.p, '\r', rest.n);

		assert_non_null(cr);
		n = (size_t)(cr - rest.p);
		assert_true(n + 1 < rest.n && cr[1] == '\n');
		assert_null(memchr(rest.p, '\n', n));
		assert_non_null(memchr(rest.p, ':', n));
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)rest.p[i] >= ' ');
		rest = str_from(rest, n + 2);
	}
	said = bed_head(b, "Content-Length");
	if (said && !b->sink_dies_at)
		assert_int_equal(atoll(said), b->body.n);
	assert_non_null(bed_head(b, "X-Content-Type-Options"));
}

static void split_answer(struct bed *b, struct str all)
{
	const char *end = all.n ? memmem(all.p, all.n, "\r\n\r\n", 4) : NULL;

	b->status = 0;
	b->head = b->body = STR("");
	if (!end)
		return;
	b->head = (struct str){ all.p, (size_t)(end - all.p) + 2 };
	b->body = str_from(all, b->head.n + 2);
	check_head(b);
}

/* "crc" is of all bytes before its comma. */
static void check_line(struct bed *b, struct str line)
{
	struct json_error err;
	const char *crc;
	char want[9];

	assert_true(line.n + 1 <= LEDGER_LINE_MAX);
	assert_int_equal(json_parse(&b->doc, b->a, line, &err), 0);
	crc = memmem(line.p, line.n, ",\"crc\":\"", 8);
	assert_non_null(crc);
	snprintf(want, sizeof(want), "%08x",
		 (unsigned)crc32c(0, line.p, (size_t)(crc - line.p)));
	b->line = line;
	assert_string_equal(bed_log(b, "crc"), want);
	assert_false(bed_has(line, PROVIDER_KEY));
}

static void read_log(struct bed *b)
{
	struct str text, line = { 0 };
	char err[256];

	b->line = STR("");
	if (access(b->log, F_OK) != 0)
		return;
	assert_int_equal(file_read(&text, b->a, b->log, 64u << 20, err,
				   sizeof(err)), 0);
	text = str_from(text, b->log_seen);
	b->log_seen += text.n;
	b->behind = 0;
	if (!text.n)
		return;
	assert_int_equal(text.p[text.n - 1], '\n');
	assert_true(str_cut(&text, '\n', &line));
	for (b->asides = 0; bed_has(line, ",\"purpose\":\""); b->asides++) {
		check_line(b, line);
		assert_true(str_cut(&text, '\n', &line));
	}
	b->lines++;
	while (b->finished && text.n) {
		struct str more;

		assert_true(str_cut(&text, '\n', &more));
		check_line(b, more);
		b->behind++;
	}
	assert_int_equal(text.n, 0); /* one line a request */
	check_line(b, line);
}

static bool door_later(struct door *d, struct errand *e)
{
	struct memory_door *m = (struct memory_door *)d;

	e->front = d;
	m->errand = e;
	assert_false(m->bed->finished);
	m->bed->finished = true;
	m->bed->calls_before = m->bed->calls;
	m->bed->sink_dies_at = m->out.n + 1; /* nothing comes after it */
	return true;
}

int bed_ask(struct bed *b, const struct ask *q)
{
	struct memory_door m = { .bed = b, .ask = q };

	m.door.out = (struct sink){ door_write, door_flush };
	m.door.param = door_param;
	m.door.read = door_read;
	m.door.gone_fd = m.door.out_fd = -1;
	m.door.later = b->holds_on ? NULL : door_later;
	m.rest = (struct str){ q->body ? q->body : "",
			       q->body_n ? q->body_n :
			       q->body ? strlen(q->body) : 0 };
	snprintf(m.length, sizeof(m.length), "%zu", m.rest.n);
	buf_init(&m.out, b->a);
	b->flushes = 0;
	b->finished = false;
	b->net = (struct asked_net){ "", "", "", { "", 0 } };
	corridor_walk(b->site, &b->lane, &m.door);
	if (m.errand)
		m.errand->work(m.errand, b->drops ? NULL : &b->lane);
	assert_int_equal(b->slots.busy, 0);
	if (b->finished)
		b->sink_dies_at = 0;
	split_answer(b, buf_view(&m.out));
	assert_false(bed_has(buf_view(&m.out), PROVIDER_KEY));
	read_log(b);
	return b->status;
}

int bed_chat(struct bed *b, const char *auth, const char *body)
{
	return bed_ask(b, &(struct ask){ .auth = auth, .body = body });
}

/* -- the site -------------------------------------------------------------- */

static void put(const struct bed *b, const char *name, const char *text)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	assert_int_equal(file_put(path, str_c(text), false), 0);
}

/* "%1$s" is the directory. */
static void put_text(struct bed *b, struct buf *t, const char *text)
{
	while (text && *text) {
		if (strncmp(text, "%1$s", 4) == 0) {
			buf_puts(t, b->dir);
			text += 4;
		} else {
			buf_putc(t, *text++);
		}
	}
}

static void put_conf(struct bed *b, const struct bed_conf *c)
{
	struct buf t;

	buf_init(&t, b->a);
	buf_printf(&t, "[larder]\nsecret_file = %s/secret\n", b->dir);
	put_text(b, &t, c->larder);
	buf_printf(&t, "\n[cache]\npath = %s/cache.slab\nsize = 8M\n%s\n"
		   "[clients]\nfile = %s\n"
		   "[log]\npath = %s\nprices = %s/prices.json\n", b->dir,
		   c->cache ? c->cache : "", b->clients, b->log, b->dir);
	put_text(b, &t, c->rest ? c->rest : BED_UPSTREAMS);
	put(b, "larder.conf", arena_cstr(b->a, buf_view(&t)));
}

static void open_site(struct bed *b)
{
	char err[600] = "";

	b->site = site_open(b->conf, err, sizeof(err));
	assert_string_equal(err, "");
	assert_non_null(b->site);
	assert_true(b->site->store || b->site->conf.cache.when == WHEN_NEVER);
}

static const char prices[] =
	"{\"m\":{\"input_cost_per_token\":1e-06,"
	"\"output_cost_per_token\":2e-06},"
	"\"e\":{\"input_cost_per_token\":1e-06,\"output_cost_per_token\":0},"
	"\"big\":{\"input_cost_per_token\":1e-05,"
	"\"output_cost_per_token\":2e-05}}";

const struct bed_conf bed_plain = { 0 };

void bed_open(struct bed *b, const struct bed_conf *c)
{
	const char *top = getenv("TMPDIR");

	memset(b, 0, sizeof(*b));
	assert_int_equal(hash_setup(), 0);
	b->a = arena_new();
	snprintf(b->dir, sizeof(b->dir), "%s/corridor-XXXXXX",
		 top ? top : P_tmpdir);
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->conf, sizeof(b->conf), "%s/larder.conf", b->dir);
	snprintf(b->log, sizeof(b->log), "%s/usage.log", b->dir);
	snprintf(b->clients, sizeof(b->clients), "%s/clients", b->dir);
	put(b, "key", PROVIDER_KEY "\n");
	put(b, "prices.json", prices);
	put_conf(b, c);
	open_site(b);
	b->slots.max = 1;
	lane_init(&b->lane, &b->slots);
	b->lane.ops = &ops;
	b->lane.net = malloc(sizeof(*b->lane.net));
	assert_non_null(b->lane.net);
	b->lane.net->bed = b;
}

void bed_reconfigure(struct bed *b, const struct bed_conf *c)
{
	struct site *old = b->site;

	put_conf(b, c);
	open_site(b);
	site_follow(b->site, old);
	site_unref(&old);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void bed_close(struct bed *b)
{
	lane_fini(&b->lane);
	site_unref(&b->site);
	arena_free(&b->a);
	nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *bed_client(struct bed *b, const char *name)
{
	char key[CLIENT_KEY_SIZE], err[256] = "";

	clients_add(b->clients, name, key, err, sizeof(err));
	assert_string_equal(err, "");
	b->larder_key = arena_strdup(b->a, key);
	return arena_printf(b->a, "Bearer %s", key);
}
