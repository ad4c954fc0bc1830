/* From what is seen of a sample to what is said of all. */
#include "cmd/curve_own.h"

/* Newton's, from above. libm's would have to be loaded by every process, and
 * one that is started for a single request feels it. */
double curve_root(double x)
{
	double r = x > 1 ? x : 1, next;

	if (!(x > 0))
		return 0;
	while ((next = (r + x / r) / 2) < r)
		r = next;
	return r;
}

struct groups {
	double seen[CURVE_GROUPS];     /* of the point */
	double followed[CURVE_GROUPS]; /* of all that is followed */
	double all;                    /* that there is, exactly */
};

struct estimate {
	double value, error;
};

static double sum_of(const double x[CURVE_GROUPS])
{
	double sum = 0;

	for (int i = 0; i < CURVE_GROUPS; i++)
		sum += x[i];
	return sum;
}

/* Of the products of what both differ from their means. */
static double spread(const double x[CURVE_GROUPS], const double y[CURVE_GROUPS])
{
	double mean_x = sum_of(x) / CURVE_GROUPS, sum = 0;
	double mean_y = sum_of(y) / CURVE_GROUPS;

	for (int i = 0; i < CURVE_GROUPS; i++)
		sum += (x[i] - mean_x) * (y[i] - mean_y);
	return sum;
}

/* Regression, and random groups for its error (Wolter, Introduction to
 * Variance Estimation). A share of what is asked misses: the slope is one. */
static struct estimate estimate(const struct groups *g)
{
	double rest[CURVE_GROUPS], wide = spread(g->followed, g->followed);
	double slope = wide > 0 ? spread(g->seen, g->followed) / wide : 0;
	struct estimate e;

	slope = slope < 0 ? 0 : slope > 1 ? 1 : slope;
	for (int i = 0; i < CURVE_GROUPS; i++)
		rest[i] = g->seen[i] - slope * g->followed[i];
	e.value = sum_of(g->seen) - slope * (sum_of(g->followed) - g->all);
	e.value = e.value < 0 ? 0 : e.value > g->all ? g->all : e.value;
	e.error = 2 * curve_root(spread(rest, rest) * CURVE_GROUPS /
			   (CURVE_GROUPS - 2));
	return e;
}

static struct estimate estimate_bill(const struct curve *c,
				     const struct curve_point *p)
{
	struct groups g = { .all = (double)c->total.worth };

	for (int i = 0; i < CURVE_GROUPS; i++) {
		g.seen[i] = (double)p->bill_of[i];
		g.followed[i] = (double)c->all.bill_of[i];
	}
	return estimate(&g);
}

static struct estimate estimate_missed(const struct curve *c,
				       const struct curve_point *p)
{
	struct groups g = { .all = (double)c->total.asks };

	for (int i = 0; i < CURVE_GROUPS; i++) {
		g.seen[i] = (double)p->missed_of[i];
		g.followed[i] = (double)c->all.missed_of[i];
	}
	return estimate(&g);
}

struct curve_reading curve_read(const struct curve *c,
				const struct curve_point *p)
{
	struct curve_reading r = { .missed = p->missed, .bill = p->bill };
	struct estimate e;

	if (!c->set.thin && !p->sampled)
		return r;
	e = estimate_bill(c, p);
	r.bill = (curve_money)e.value;
	r.bill_error = e.error;
	e = estimate_missed(c, p);
	r.missed = (int64_t)e.value;
	r.missed_error = e.error;
	return r;
}
