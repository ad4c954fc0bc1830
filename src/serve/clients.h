/*
 * Keys that callers present when the provider's key is larder's own. A file
 * of lines "id, hash, name, made, revoked"; only the hash of a key is kept.
 */
#ifndef SERVE_CLIENTS_H
#define SERVE_CLIENTS_H

#include "base/arena.h"
#include "base/hash.h"

#define CLIENT_KEY_HEAD "lk_"
#define CLIENT_NAME_MAX 63

struct client {
	char id[17];   /* 16 hex digits; part of the key, not secret */
	char name[CLIENT_NAME_MAX + 1];
	char made[25]; /* RFC 3339 */
	char revoked[25]; /* the same, or "-" */
	struct key hash;
};

struct clients; /* the file as last read; shared by threads */

struct clients *clients_open(const char *path);
void clients_close(struct clients **c);

/*
 * Is this a valid, unrevoked key? Reads the file again when it changed. 1
 * with *out_r filled, 0 no, -1 when the file cannot be read (err_r says
 * why). Compares in constant time.
 */
int clients_check(struct clients *c, struct str key, struct client *out_r,
		  char *err_r, size_t err_n);

/* Does it look like a larder key? */
bool client_key_shaped(struct str key);

/* Is there something like one anywhere in a credential, also within Basic's
 * base64? Such a credential never goes upstream. */
bool client_key_inside(struct str credential);

/* For `larder key`. Each returns 0, or -1 with a line in err_r. */
#define CLIENT_KEY_SIZE 64
int clients_add(const char *path, const char *name,
		char key_r[CLIENT_KEY_SIZE], char *err_r, size_t err_n);
int clients_revoke(const char *path, const char *id_or_name, char *err_r,
		   size_t err_n);
int clients_list(const char *path, struct arena *a, struct client **list_r,
		 size_t *n_r, char *err_r, size_t err_n);

#endif
