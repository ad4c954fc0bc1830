#include "serve/settings.h"

#include "base/count.h"
#include "dialect/translate.h"
#include "serve/settings_check.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* -- paths ----------------------------------------------------------------- */

static const char *home(void)
{
	const char *h = getenv("HOME");
	const struct passwd *pw;

	if (h && *h == '/')
		return h;
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir ? pw->pw_dir : "/tmp";
}

/* "$XDG_STATE_HOME" or "$HOME/.local/state". */
static const char *xdg(struct arena *a, const char *var, const char *below)
{
	const char *dir = getenv(var);

	if (dir && *dir == '/')
		return dir;
	return arena_printf(a, "%s/%s", home(), below);
}

/* The system's directory for root and for who may write it, else the
 * user's own. */
static const char *place(struct arena *a, const char *system_dir,
			 const char *var, const char *below, const char *file)
{
	if (geteuid() == 0 || access(system_dir, W_OK) == 0)
		return arena_printf(a, "%s/%s", system_dir, file);
	return arena_printf(a, "%s/larder/%s", xdg(a, var, below), file);
}

static const char *place_listen(struct arena *a)
{
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0 || access("/run/larder", W_OK) == 0)
		return "/run/larder/larder.sock";
	if (run && *run == '/')
		return arena_printf(a, "%s/larder.sock", run);
	return place(a, "/run/larder", "XDG_STATE_HOME", ".local/state",
		     "larder.sock");
}

static const char *place_prices(void)
{
	static const char *const at[] = { "/etc/larder/prices.json",
					  PKGDATADIR "/prices.json" };

	for (size_t i = 0; i < COUNT_OF(at); i++)
		if (access(at[i], R_OK) == 0)
			return at[i];
	return NULL;
}

static void fill_paths(struct settings *s, struct arena *a)
{
	static const char lib[] = "/var/lib/larder";
	static const char state[] = ".local/state";

	if (!s->larder.listen)
		s->larder.listen = place_listen(a);
	if (!s->larder.secret_file)
		s->larder.secret_file = place(a, lib, "XDG_STATE_HOME", state,
					      "secret");
	if (!s->larder.budget_file)
		s->larder.budget_file = place(a, lib, "XDG_STATE_HOME", state,
					      "budgets");
	if (!s->clients_file)
		s->clients_file = place(a, lib, "XDG_STATE_HOME", state,
					"clients");
	if (!s->cache.store.path)
		s->cache.store.path = place(a, "/var/cache/larder",
					    "XDG_CACHE_HOME", ".cache",
					    "cache.slab");
	if (!s->log.path)
		s->log.path = place(a, "/var/log/larder", "XDG_STATE_HOME",
				    state, "usage.log");
	if (!s->larder.data)
		s->larder.data = PKGDATADIR;
	if (!s->log.prices)
		s->log.prices = place_prices();
}

const char *settings_path(struct arena *a, const char *given)
{
	const char *env = getenv("LARDER_CONF"), *own;

	if (given)
		return given;
	if (env && *env)
		return arena_strdup(a, env);
	own = arena_printf(a, "%s/larder/larder.conf",
			   xdg(a, "XDG_CONFIG_HOME", ".config"));
	if (access("/etc/larder/larder.conf", F_OK) != 0 &&
	    access(own, F_OK) == 0)
		return own;
	return "/etc/larder/larder.conf";
}

int settings_load(struct settings *s, struct arena *a, const char *path,
		  char *err_r, size_t err_n)
{
	memset(s, 0, sizeof(*s));
	if (conf_load(settings_table, s, a, path, &s->text, err_r,
		      err_n) < 0)
		return -1;
	s->path = path;
	if (settings_check(s, a, err_r, err_n) < 0)
		return -1;
	fill_paths(s, a);
	return 0;
}

/* -- looking up ------------------------------------------------------------ */

const struct upstream *settings_upstream(const struct settings *s,
					 const char *name)
{
	const struct upstream *u = s->upstreams.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (strcmp(u[i].item.name, name) == 0)
			return &u[i];
	return NULL;
}

const struct model *settings_model(const struct settings *s, struct str name)
{
	const struct model *m = s->models.item;

	for (size_t i = 0; i < s->models.n; i++)
		if (str_is(name, m[i].item.name))
			return &m[i];
	return NULL;
}

static const struct upstream *any_such(const struct settings *s,
				       bool (*fits)(const struct upstream *u,
						    int what), int what)
{
	const struct upstream *u = s->upstreams.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (u[i].models.n && fits(&u[i], what))
			return &u[i];
	return NULL;
}

static bool speaks(const struct upstream *u, int dialect)
{
	return (int)u->as->dialect == dialect;
}

static bool answers(const struct upstream *u, int shape)
{
	return u->shapes >> shape & 1;
}

static bool understands(const struct upstream *u, int shape)
{
	for (int to = SHAPE_CHAT; to <= SHAPE_OTHER; to++)
		if (answers(u, to) &&
		    translate_can((enum shape)shape, (enum shape)to))
			return true;
	return false;
}

const struct upstream *settings_any(const struct settings *s, enum dialect d)
{
	return any_such(s, speaks, (int)d);
}

const struct upstream *settings_any_for(const struct settings *s,
					enum shape shape)
{
	const struct upstream *u = any_such(s, answers, (int)shape);

	return u ? u : any_such(s, understands, (int)shape);
}

const struct upstream *settings_server(const struct settings *s,
				       struct str model, enum shape shape)
{
	const struct model *m = settings_model(s, model);

	return m ? m->to : settings_any_for(s, shape);
}
