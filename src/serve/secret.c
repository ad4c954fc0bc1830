#include "serve/secret.h"

#include <errno.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

static void derive(struct hash_secret *s_r, const struct key *site,
		   const char *purpose)
{
	struct key k;

	hash_derive(&k, site, purpose);
	hash_secret_set(s_r, &k);
	sodium_memzero(&k, sizeof(k));
}

static int make(const char *path, char *err_r, size_t err_n)
{
	char bytes[HASH_BYTES];
	int rc;

	randombytes_buf(bytes, sizeof(bytes));
	rc = file_mkdirs(path, 0700);
	if (rc == 0)
		rc = file_put(path, (struct str){ bytes, sizeof(bytes) },
			      true);
	sodium_memzero(bytes, sizeof(bytes));
	if (rc == 0 || errno == EEXIST)
		return 0;
	snprintf(err_r, err_n, "cannot make secret_file %s: %s (create the "
		 "directory for the user larder runs as, or name another in "
		 "[larder] secret_file)", path, strerror(errno));
	return -1;
}

int secrets_load(struct secrets *s, const char *path, char *err_r,
		 size_t err_n)
{
	struct arena *a;
	struct str bytes;
	struct key site;
	int rc;

	if (access(path, F_OK) != 0 && make(path, err_r, err_n) < 0)
		return -1;
	a = arena_new();
	rc = file_read_secret(&bytes, a, path, HASH_BYTES, err_r, err_n);
	if (rc == 0 && bytes.n != HASH_BYTES) {
		snprintf(err_r, err_n, "%s: must hold exactly %d bytes; "
			 "remove it and larder makes a new one", path,
			 HASH_BYTES);
		rc = -1;
	}
	if (rc == 0) {
		memcpy(site.b, bytes.p, HASH_BYTES);
		derive(&s->cache, &site, "larder cache key 1");
		derive(&s->memo, &site, "larder memo 1");
		hash_derive(&s->body, &site, "larder memo body 1");
		derive(&s->tenant, &site, "larder tenant 1");
		hash_derive(&s->tier, &site, "larder tier 1");
		sodium_memzero(&site, sizeof(site));
		sodium_memzero((void *)bytes.p, bytes.n);
	}
	arena_free(&a);
	return rc;
}
