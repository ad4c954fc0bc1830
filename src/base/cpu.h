/*
 * What this processor can do beyond what every x86-64 can. Asks libc, which
 * has known it since it started: GCC's word for it brings a constructor that
 * asks the processor once more in every process, which a virtual machine makes
 * slow.
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif

/* The feature as libc names it, and as GCC does. */
#ifdef CPU_FEATURE_ACTIVE
#define CPU_HAS(libc_name, gcc_name) CPU_FEATURE_ACTIVE(libc_name)
#else
#define CPU_HAS(libc_name, gcc_name) __builtin_cpu_supports(gcc_name)
#endif

#endif
