/*
 * Labelled points at which a test kills the process, to see that whatever is
 * half done there is mended. Nothing at all in the program.
 */
#ifndef STORE_POINT_H
#define STORE_POINT_H

#ifdef STORE_POINTS
void store_point(const char *label); /* the test's */
#define POINT(label) store_point(label)
#else
#define POINT(label) ((void)0)
#endif

#endif
