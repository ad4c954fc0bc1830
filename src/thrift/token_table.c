#include "thrift/token_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"

#define MAGIC "lrd-tok\n"
#define TABLE_VERSION 2
#define LARGEST ((off_t)64 << 20)
#define BEHIND_RECORDS 512

/* The file's first bytes. */
struct head {
	char magic[8];
	uint32_t crc;  /* of what follows in the head */
	uint32_t pad;
	uint32_t version, set, tokens;
	uint32_t classes_at, nclasses;
	uint32_t suffixes_at, suffix_bits;
	uint32_t tags_at, ranks_at, ngroups;
	uint32_t records_at, nrecords; /* bytes */
	uint32_t longest;
	uint32_t size;
	uint32_t body_crc; /* of all behind the head */
	uint32_t joints_at;
	uint32_t reserved[4];
	uint8_t origin[32];
};

_Static_assert(sizeof(struct head) == 128, "as the file has it");

/* Is there a section of n bytes? */
static bool has(const struct head *h, uint32_t at, uint64_t n)
{
	return le32toh(at) % 64 == 0 && le32toh(at) >= sizeof(*h) &&
	       le32toh(at) + n <= le32toh(h->size);
}

static bool has_all(const struct head *h)
{
	uint32_t bits = le32toh(h->suffix_bits);
	uint32_t records = le32toh(h->nrecords);
	uint64_t groups = le32toh(h->ngroups);

	return has(h, h->classes_at,
		   TOKEN_BLOCKS + 256 * (uint64_t)le32toh(h->nclasses)) &&
	       bits >= 3 && bits < 32 &&
	       has(h, h->suffixes_at, ((uint64_t)1 << bits) / 8) &&
	       groups != 0 && has(h, h->tags_at, TOKEN_GROUP * groups) &&
	       has(h, h->ranks_at, 3 * TOKEN_GROUP * groups) &&
	       le32toh(h->longest) <= TOKEN_LONGEST &&
	       records < 1u << TOKEN_RANK_BITS &&
	       has(h, h->records_at, (uint64_t)records + BEHIND_RECORDS) &&
	       has(h, h->joints_at, 2 * TOKEN_JOINTS);
}

/* What is wrong with a file that begins so, or NULL. */
static const char *fault_of(const uint8_t *map, size_t size)
{
	const struct head *h = (const struct head *)map;
	const uint8_t *rest = map + offsetof(struct head, version);
	uint32_t i;

	if (memcmp(h->magic, MAGIC, sizeof(h->magic)) != 0)
		return "is no table of tokens";
	if (le32toh(h->version) != TABLE_VERSION)
		return "is of another version of larder";
	if (crc32c(0, rest, sizeof(*h) - offsetof(struct head, version)) !=
	    le32toh(h->crc))
		return "is damaged";
	if (le32toh(h->size) != size)
		return "has lost its end";
	if (le32toh(h->set) >= TOKEN_SETS || !has_all(h))
		return "is damaged";
	for (i = 0; i < TOKEN_BLOCKS; i++) {
		if (map[le32toh(h->classes_at) + i] >= le32toh(h->nclasses))
			return "is damaged";
	}
	return NULL;
}

static void lay_out(struct token_table *t)
{
	const struct head *h = (const struct head *)t->map;

	t->set = (enum token_set)le32toh(h->set);
	t->classes = t->map + le32toh(h->classes_at);
	t->ascii = t->classes + TOKEN_BLOCKS + t->classes[0] * 256;
	t->suffixes = t->map + le32toh(h->suffixes_at);
	t->suffix_bits = le32toh(h->suffix_bits);
	t->tags = t->map + le32toh(h->tags_at);
	t->ranks = t->map + le32toh(h->ranks_at);
	t->ngroups = le32toh(h->ngroups);
	t->records = t->map + le32toh(h->records_at);
	t->nrecords = le32toh(h->nrecords);
	t->longest = le32toh(h->longest);
	t->joints = t->map + le32toh(h->joints_at);
	t->wholes = t->joints + TOKEN_JOINTS;
}

static int map_file(struct token_table *t, int fd, const char *path,
		    char *err_r, size_t err_n)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) < 0) {
		snprintf(err_r, err_n, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > LARGEST ||
	    st.st_size < (off_t)sizeof(struct head)) {
		snprintf(err_r, err_n, "%s: is no table of tokens", path);
		return -1;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		snprintf(err_r, err_n, "%s: %s", path, strerror(errno));
		return -1;
	}
	t->map = map;
	t->size = (size_t)st.st_size;
	return 0;
}

static int load(struct token_table *t, const char *path, char *err_r,
		size_t err_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *fault;
	int rc;

	if (fd < 0) {
		snprintf(err_r, err_n, "%s: %s", path, strerror(errno));
		return -1;
	}
	rc = map_file(t, fd, path, err_r, err_n);
	close(fd);
	if (rc < 0)
		return -1;
	fault = fault_of(t->map, t->size);
	if (fault) {
		snprintf(err_r, err_n, "%s: %s", path, fault);
		return -1;
	}
	lay_out(t);
	return 0;
}

struct token_table *token_open(const char *path, char *err_r, size_t err_n)
{
	struct token_table *t = calloc(1, sizeof(*t));

	if (!t)
		snprintf(err_r, err_n, "%s: no memory", path);
	else if (load(t, path, err_r, err_n) < 0)
		token_close(&t);
	return t;
}

bool token_sound(const struct token_table *t)
{
	const struct head *h = (const struct head *)t->map;

	return crc32c(0, t->map + sizeof(*h), t->size - sizeof(*h)) ==
	       le32toh(h->body_crc);
}

void token_close(struct token_table **t)
{
	if (*t && (*t)->map)
		munmap((void *)(uintptr_t)(*t)->map, (*t)->size);
	free(*t);
	*t = NULL;
}
