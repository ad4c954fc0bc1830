/*
 * The usage log: one JSON object a line, one write each, appended (docs/
 * larder.log.5). A line that cannot be written is counted, never an error for
 * the request; the next one says so. Follows rotation by rename: the path is
 * looked at again each second and on HUP.
 */
#ifndef SERVE_LEDGER_H
#define SERVE_LEDGER_H

#include <stdint.h>

#include "base/buf.h"
#include "serve/ledger_file.h"

struct ledger;

/* Opens path for appending (made 0640, with its directories). NULL and a
 * line in err_r when it cannot. */
struct ledger *ledger_open(const char *path, char *err_r, size_t err_n);
void ledger_close(struct ledger **l);

/* Where lost lines are counted for all processes; NULL: nowhere. */
void ledger_count_lost(struct ledger *l, uint64_t *count);

#define LEDGER_END_MAX 128 /* that ledger_write() adds */

/*
 * Adds to `line`, an object still open, which run of the process it is from
 * (a random number made with its first line), its number in that, how many
 * before it were lost if any, and the CRC-32C of all bytes before the comma
 * of that; ends it and writes it. One that is longer than LEDGER_LINE_MAX then
 * is lost, as one that cannot be written.
 *
 * Where another thread is held up by the file system it is waited for two
 * seconds, and after that hardly for one more.
 */
void ledger_write(struct ledger *l, struct buf *line);

#endif
