/* SPDX-License-Identifier: Apache-2.0
 * What the probes of this room share: reading small kernel files under a root, and answering with a value or a reason.
 * A new fact is one row of probe_facts[] or probe_states[]. */
#ifndef KM_PROBE_H
#define KM_PROBE_H

#include "harness/base/mem.h"
#include "harness/base/result.h"

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

struct probe {
    struct mem *m;
    const char *root;    /* "" for the machine itself */
    bool live;           /* the machine itself: system calls may be asked */
    const char *cpuinfo; /* /proc/cpuinfo, "" if unreadable */
};

/* Exactly one of the two is set. */
struct answer {
    const char *value, *why;
};

typedef struct answer probe_fn(struct probe *p, const char *arg);

struct probe_row {
    const char *key, *title;
    probe_fn *ask;
    const char *arg;
    bool identifies; /* part of the fingerprint */
};

extern const struct probe_row probe_facts[], probe_states[];
extern const size_t probe_nfacts, probe_nstates;

const char *build_title(const char *key); /* of a fact of the build, or NULL */

struct answer probe_text(const char *clean); /* a value as it is */
struct answer probe_yes(struct probe *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct answer probe_no(struct probe *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whole file, at most 1 MiB, NUL-terminated; NULL with errno. *len may be NULL. */
char *probe_read(struct probe *p, const char *path, size_t *len);

/* First line of a file as an answer; an empty or unreadable file is a reason that names it. */
struct answer probe_line(struct probe *p, const char *path);

/* A file that begins with a number, within [min, max]. */
bool probe_number(struct probe *p, const char *path, double min, double max, double *out);

/* Value of the first line "name<spaces>SEP value" of a text, cleaned, or NULL. SEP ' ' stands for any white space. */
const char *probe_field(struct probe *p, const char *text, const char *name, char sep);

/* Number of CPUs or nodes in a kernel list ("0-3,8"); 0 if it is none. */
size_t probe_list_count(const char *list);

/* Paths under root that match, sorted, without the root; globfree() it. */
size_t probe_glob(struct probe *p, const char *pattern, glob_t *g);
const char *probe_path(const struct probe *p, const glob_t *g, size_t i);

/* One line of clean text from any bytes: control bytes become spaces, broken UTF-8 '?', 255 bytes at most. */
const char *probe_clean(struct mem *m, const char *s, size_t len);

/* Whether /proc/cpuinfo lists this CPU flag. */
bool probe_cpu_flag(struct probe *p, const char *flag);

/* Probes that several rows use; `arg` is the file, the field or the column. */
probe_fn ask_line, ask_mhz_of_khz;

/* probe_cpu.c */
probe_fn ask_cpu_model, ask_cpu_vendor, ask_cpu_id, ask_cpuinfo, ask_isa, ask_leaders, ask_list, ask_smt, ask_mhz,
    ask_tsc, ask_governor, ask_turbo;
/* probe_memory.c */
probe_fn ask_cache, ask_memory_total, ask_memory_nominal, ask_memory_speed, ask_thp, ask_page_size;
/* probe_system.c */
probe_fn ask_os, ask_kernel, ask_arch, ask_hypervisor, ask_container, ask_aslr, ask_libc;
/* probe_state.c */
probe_fn ask_load, ask_stat, ask_jiffies, ask_meminfo, ask_swap_used, ask_temperature, ask_counter_sum, ask_mhz_now,
    ask_cgroup_limit, ask_cgroup_throttled, ask_allowed, ask_power, ask_pressure;
/* probe_noise.c */
probe_fn ask_own_jiffies, ask_pmu, ask_set, ask_allowed_list, ask_spread, ask_timer, ask_measuring;

#endif
