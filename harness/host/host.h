/* SPDX-License-Identifier: Apache-2.0
 * What machine this is, in what state, how this program was built, and at which commit the source stands.
 *
 * Nothing here fails: what cannot be read is a fact whose value is NULL and whose why says so. Texts are cleaned: valid
 * UTF-8, no control bytes, at most 255 bytes. */
#ifndef KM_HOST_H
#define KM_HOST_H

#include "harness/base/err.h"
#include "harness/base/mem.h"
#include "harness/base/result.h"

/* Where the probes look; tests give a folder with fake files. NULL root means "/", and only then are system calls and
 * CPU instructions asked beside files. A NULL edge is the machine itself. */
struct host_edge {
    const char *root;      /* prefix of /proc, /sys, /etc */
    const char *host_name; /* NULL: ask the system */
};

/* The facts that last. The fingerprint is FNV-1a of those that decide performance and stay: CPU, ISA, cores, threads,
 * sockets, caches, NUMA, nominal memory, architecture, hypervisor. The host name is left out on purpose: a virtual
 * machine of the same type that comes back under another random name continues its series. So are kernel, governor,
 * frequencies and other settings, which are recorded and compared but do not make another machine. */
void host_read(struct mem *m, const struct host_edge *edge, struct host *out);

/* The facts of this moment. Values are plain numbers, their unit is in the title; counters are raw ("cpu.jiffies.steal"
 * since boot), so that the difference of two states is what a run has seen. */
void host_state(struct mem *m, const struct host_edge *edge, struct facts *out);

/* What happened between two states: "steal.share", "iowait.share" and "busy.share" of all CPU time (0 to 1),
 * "seconds", "throttle.events", "cgroup.throttled.events", "throttle.package.events", "temperature.rise", "load.max", "swap.growth", "frequency.change" (-0.1: 10% lower), and
 * "others.share", the busy share that was neither this process, its children that ended, nor stolen. NULL with why
 * where a side lacks the number or a counter ran backwards. */
void host_state_change(struct mem *m, const struct facts *before, const struct facts *after, struct facts *out);

void build_read(struct mem *m, struct build *out);
const char *build_version(void); /* of this program: "0.1.0" */

/* The git repository around `dir`. Never fails: without a repository hash is NULL and why says so. With a hash, why is
 * set only where git could not tell whether the tree is clean; dirty is then true. */
void commit_read(struct mem *m, const char *dir, struct commit *out);

/* Value of a fact, or NULL. */
const char *fact_value(const struct facts *f, const char *key);

/* Value of a fact as a finite number, its leading digits; NAN if there is none. */
double fact_number(const struct facts *f, const char *key);

/* Title of a fact of a host, its state or this build, by its key; the key itself where there is none. */
const char *fact_title(const char *key);

/* One line of clean text from any bytes: control bytes become spaces, broken UTF-8 '?', 255 bytes at most. */
const char *host_clean_text(struct mem *m, const char *text);

/* A host name as a file name: only [A-Za-z0-9._-], first a letter, digit or '_', 1 to 64 bytes. */
const char *host_clean_name(struct mem *m, const char *name);

#endif
