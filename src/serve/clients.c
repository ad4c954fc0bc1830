#include "serve/clients.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

#define FILE_MAX (4u << 20)
#define SECRET_BYTES 32
#define KEY_TEXT 43 /* those bytes as base64url */
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		  "0123456789-_"

struct clients {
	pthread_mutex_t lock;
	const char *path;
	struct arena *a; /* of list */
	struct client *list;
	size_t n;
	struct stat seen; /* what list was read from */
};

/* -- the file -------------------------------------------------------------- */

static int parse_line(struct client *c, struct str line)
{
	struct str f[5];
	size_t n = 0, bytes;

	while (n < 5 && str_cut(&line, '\t', &f[n]))
		n++;
	if (n != 5 || f[0].n != sizeof(c->id) - 1 || f[2].n == 0 ||
	    f[2].n > CLIENT_NAME_MAX || f[3].n > 24 || f[4].n > 24)
		return -1;
	if (sodium_hex2bin(c->hash.b, HASH_BYTES, f[1].p, f[1].n, NULL,
			   &bytes, NULL) < 0 || bytes != HASH_BYTES)
		return -1;
	snprintf(c->id, sizeof(c->id), "%.*s", (int)f[0].n, f[0].p);
	snprintf(c->name, sizeof(c->name), "%.*s", (int)f[2].n, f[2].p);
	snprintf(c->made, sizeof(c->made), "%.*s", (int)f[3].n, f[3].p);
	snprintf(c->revoked, sizeof(c->revoked), "%.*s", (int)f[4].n, f[4].p);
	return 0;
}

static int parse_file(struct str text, struct arena *a, const char *path,
		      struct client **list_r, size_t *n_r, char *err_r,
		      size_t err_n)
{
	size_t lines = 0, n = 0, at = 0;
	struct client *list;
	struct str line;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	list = arena_new_n(a, struct client, lines + 2);
	while (str_cut(&text, '\n', &line)) {
		at++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (parse_line(&list[n++], line) < 0) {
			snprintf(err_r, err_n, "%s:%zu: not a client line; "
				 "restore the file or remove the line", path,
				 at);
			return -1;
		}
	}
	*list_r = list;
	*n_r = n;
	return 0;
}

int clients_list(const char *path, struct arena *a, struct client **list_r,
		 size_t *n_r, char *err_r, size_t err_n)
{
	struct str text = STR("");

	if (access(path, F_OK) == 0 &&
	    file_read_secret(&text, a, path, FILE_MAX, err_r, err_n) < 0)
		return -1;
	return parse_file(text, a, path, list_r, n_r, err_r, err_n);
}

/* -- checking a key -------------------------------------------------------- */

struct clients *clients_open(const char *path)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	c->path = path;
	c->a = arena_new();
	return c;
}

void clients_close(struct clients **c)
{
	if (!*c)
		return;
	arena_free(&(*c)->a);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static bool same_file(const struct stat *x, const struct stat *y)
{
	return x->st_ino == y->st_ino && x->st_dev == y->st_dev &&
	       x->st_size == y->st_size &&
	       x->st_mtim.tv_sec == y->st_mtim.tv_sec &&
	       x->st_mtim.tv_nsec == y->st_mtim.tv_nsec;
}

static int refresh(struct clients *c, char *err_r, size_t err_n)
{
	struct stat now = { 0 };

	if (stat(c->path, &now) < 0 && errno != ENOENT) {
		snprintf(err_r, err_n, "%s: %s", c->path, strerror(errno));
		return -1;
	}
	if (same_file(&now, &c->seen))
		return 0;
	c->n = 0;
	memset(&c->seen, 0, sizeof(c->seen)); /* until it was read whole */
	arena_reset(c->a);
	if (clients_list(c->path, c->a, &c->list, &c->n, err_r, err_n) < 0) {
		c->n = 0;
		return -1;
	}
	c->seen = now;
	return 0;
}

/* The file holds hashes of keys of 256 random bits, so a fast hash that
 * needs no salt is enough. */
static void key_hash(struct key *out_r, struct str key)
{
	static const struct key purpose = { "larder client key 1" };

	hash_of(out_r, &purpose, key);
}

bool client_key_shaped(struct str key)
{
	return str_starts(key, STR(CLIENT_KEY_HEAD));
}

/* "lk_" and what could be 32 bytes of base64url behind it. */
static bool key_within(struct str s)
{
	size_t run, at;

	for (at = 0; at + 3 + KEY_TEXT <= s.n; at++) {
		if (memcmp(s.p + at, CLIENT_KEY_HEAD, 3) != 0)
			continue;
		run = 0;
		while (run < KEY_TEXT && s.p[at + 3 + run] &&
		       strchr(BASE64URL, s.p[at + 3 + run]))
			run++;
		if (run == KEY_TEXT)
			return true;
	}
	return false;
}

bool client_key_inside(struct str credential)
{
	unsigned char plain[512];
	size_t n = 0;

	if (key_within(credential))
		return true;
	if (!str_istarts(credential, STR("Basic ")) || credential.n > 600)
		return false;
	credential = str_trim(str_from(credential, 6));
	sodium_base642bin(plain, sizeof(plain), credential.p, credential.n,
			  "=", &n, NULL,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return key_within((struct str){ (char *)plain, n });
}

int clients_check(struct clients *c, struct str key, struct client *out_r,
		  char *err_r, size_t err_n)
{
	const struct client *found = NULL;
	struct key h;
	int rc;

	key_hash(&h, key);
	pthread_mutex_lock(&c->lock);
	rc = refresh(c, err_r, err_n);
	for (size_t i = 0; rc == 0 && i < c->n; i++)
		if (key_eq(&h, &c->list[i].hash) &&
		    strcmp(c->list[i].revoked, "-") == 0)
			found = &c->list[i];
	if (found)
		*out_r = *found;
	pthread_mutex_unlock(&c->lock);
	return rc < 0 ? -1 : found != NULL;
}

/* -- changing the file ----------------------------------------------------- */

static struct str file_text(struct arena *a, const struct client *list,
			    size_t n)
{
	char hex[2 * HASH_BYTES + 1];
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "# larder client keys: id, hash, name, made, revoked\n");
	for (size_t i = 0; i < n; i++) {
		key_hex(&list[i].hash, HASH_BYTES, hex);
		buf_printf(&b, "%s\t%s\t%s\t%s\t%s\n", list[i].id, hex,
			   list[i].name, list[i].made, list[i].revoked);
	}
	return buf_view(&b);
}

/* One writer at a time; the lock goes with the descriptor. */
static int lock_file(const char *path, char *err_r, size_t err_n)
{
	char lock[4096];
	int fd = -1;

	snprintf(lock, sizeof(lock), "%s.lock", path);
	if (file_mkdirs(path, 0700) == 0)
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			  0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		snprintf(err_r, err_n, "%s: %s", lock, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static int write_list(const char *path, struct arena *a,
		      const struct client *list, size_t n, char *err_r,
		      size_t err_n)
{
	if (file_put(path, file_text(a, list, n), false) == 0)
		return 0;
	snprintf(err_r, err_n, "%s: %s", path, strerror(errno));
	return -1;
}

static bool good_name(const char *name)
{
	size_t n = strlen(name);

	return n && n <= CLIENT_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") == n;
}

static void make_key(struct client *c, char key_r[CLIENT_KEY_SIZE])
{
	unsigned char secret[SECRET_BYTES], id[8];
	char text[48];

	randombytes_buf(secret, sizeof(secret));
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(c->id, sizeof(c->id), id, sizeof(id));
	sodium_bin2base64(text, sizeof(text), secret, sizeof(secret),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(key_r, CLIENT_KEY_SIZE, CLIENT_KEY_HEAD "%s", text);
	key_hash(&c->hash, str_c(key_r));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(text, sizeof(text));
}

static int add_locked(const char *path, struct arena *a, const char *name,
		      char key_r[CLIENT_KEY_SIZE], char *err_r, size_t err_n)
{
	struct client *list;
	size_t n;

	if (clients_list(path, a, &list, &n, err_r, err_n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, name) == 0 &&
		    strcmp(list[i].revoked, "-") == 0) {
			snprintf(err_r, err_n, "there is a key for \"%s\" "
				 "already; revoke it first or choose another "
				 "name", name);
			return -1;
		}
	}
	memset(&list[n], 0, sizeof(list[n])); /* parse_file left one spare */
	make_key(&list[n], key_r);
	snprintf(list[n].name, sizeof(list[n].name), "%s", name);
	clock_rfc3339(clock_wall_ms(), list[n].made);
	strcpy(list[n].revoked, "-");
	return write_list(path, a, list, n + 1, err_r, err_n);
}

int clients_add(const char *path, const char *name,
		char key_r[CLIENT_KEY_SIZE], char *err_r, size_t err_n)
{
	struct arena *a;
	int fd, rc;

	if (!good_name(name)) {
		snprintf(err_r, err_n, "a name has 1 to %d of the characters "
			 "A-Z a-z 0-9 . _ @ -", CLIENT_NAME_MAX);
		return -1;
	}
	fd = lock_file(path, err_r, err_n);
	if (fd < 0)
		return -1;
	a = arena_new();
	rc = add_locked(path, a, name, key_r, err_r, err_n);
	arena_free(&a);
	close(fd);
	return rc;
}

static int revoke_locked(const char *path, struct arena *a, const char *who,
			 char *err_r, size_t err_n)
{
	struct client *list;
	size_t n, hits = 0;

	if (clients_list(path, a, &list, &n, err_r, err_n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].revoked, "-") != 0 ||
		    (strcmp(list[i].id, who) != 0 &&
		     strcmp(list[i].name, who) != 0))
			continue;
		clock_rfc3339(clock_wall_ms(), list[i].revoked);
		hits++;
	}
	if (hits)
		return write_list(path, a, list, n, err_r, err_n);
	snprintf(err_r, err_n, "no key in force has the id or name \"%s\"",
		 who);
	return -1;
}

int clients_revoke(const char *path, const char *id_or_name, char *err_r,
		   size_t err_n)
{
	int fd = lock_file(path, err_r, err_n), rc;
	struct arena *a;

	if (fd < 0)
		return -1;
	a = arena_new();
	rc = revoke_locked(path, a, id_or_name, err_r, err_n);
	arena_free(&a);
	close(fd);
	return rc;
}
