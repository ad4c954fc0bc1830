/* Small files: secrets, keys, lists. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/arena.h"

/*
 * Reads a whole regular file of at most max bytes. 0, or -1 with a line in
 * err_r that names the path and the reason.
 */
int file_read(struct str *out_r, struct arena *a, const char *path,
	      size_t max, char *err_r, size_t err_n);

/*
 * The same for a file that holds a secret: no symlink, and nobody but its
 * owner may write it, nobody but owner and group read it.
 */
int file_read_secret(struct str *out_r, struct arena *a, const char *path,
		     size_t max, char *err_r, size_t err_n);

/* The same of anything that can be read to its end, a pipe too. */
int file_read_any(struct str *out_r, struct arena *a, const char *path,
		  size_t max, char *err_r, size_t err_n);

/* Makes those directories above path that are missing, with that mode (and
 * the umask). 0, or -1 and errno. */
int file_mkdirs(const char *path, mode_t mode);

/*
 * Puts a whole file in place by rename, mode 0600, so that readers see the
 * old or the new one. It keeps the owner of the file it replaces; a new one
 * gets its directory's owner (root's `larder key add` makes files a web
 * server's user can read). With `fresh` an existing file is left alone and
 * -1 with EEXIST returned. 0, or -1 and errno.
 */
int file_put(const char *path, struct str bytes, bool fresh);

#endif
