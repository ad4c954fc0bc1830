/* The subcommands. Each gets argv from its own name on and returns the exit
 * status: 0 done, 1 failed, 2 wrong usage, 78 bad configuration. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 78 };

int cmd_serve(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_purge(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_simulate(int argc, char **argv);
int cmd_estimate(int argc, char **argv);

/* --config FILE as given before or behind the subcommand, or NULL. */
const char *cmd_config_path(void);

/*
 * Takes `--config FILE` and `--config=FILE` out of argv and remembers it;
 * argc_r shrinks. -1 when FILE is missing (a line was printed).
 */
int cmd_take_config(int *argc_r, char **argv);

#endif
