/* SPDX-License-Identifier: Apache-2.0
 * libpfm 4, loaded when it is asked for. Its few functions that are used here are declared by hand, as its manual pages
 * pfm_initialize(3), pfm_strerror(3) and pfm_get_perf_event_encoding(3) give them, so that neither building nor running
 * needs it. */
#include "harness/counters/event.h"

#include <stdio.h>
#include <string.h>

#ifdef __linux__
#include <dlfcn.h>
#include <linux/perf_event.h>

enum { PFM_SUCCESS = 0, PFM_PLM3 = 8 }; /* user mode */

struct pfm {
    int (*initialize)(void);
    const char *(*strerror)(int code);
    int (*encode)(const char *name, int default_modes, struct perf_event_attr *attr, char **full_name, int *index);
};

/* dlsym() gives an object pointer; POSIX says that it holds a function's address all the same. */
static int load_function(void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
    return address ? 0 : -1;
}

/* The library stays loaded: it has no state that could be left behind, and loading it again is cheap. */
static int load(struct pfm *p)
{
    void *library = dlopen("libpfm.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return -1;
    return load_function(library, "pfm_initialize", &p->initialize) ||
                   load_function(library, "pfm_strerror", &p->strerror) ||
                   load_function(library, "pfm_get_perf_event_encoding", &p->encode)
               ? -1
               : 0;
}

int event_find_pfm(struct event *event)
{
    struct pfm p;
    struct perf_event_attr attr = { .size = sizeof attr };
    if (load(&p)) {
        snprintf(event->why, sizeof event->why,
                 "no generic event '%s', and libpfm, which knows the processor's own, is not installed (libpfm4)",
                 event->name);
        return -1;
    }
    int code = p.initialize();
    if (code == PFM_SUCCESS)
        code = p.encode(event->name, PFM_PLM3, &attr, NULL, NULL);
    if (code != PFM_SUCCESS) {
        snprintf(event->why, sizeof event->why, "libpfm on '%s': %s", event->name, p.strerror(code));
        return -1;
    }
    event->type = attr.type;
    event->config = attr.config;
    event->config1 = attr.config1;
    event->config2 = attr.config2;
    event->user = !attr.exclude_user;
    event->kernel = !attr.exclude_kernel;
    return 0;
}
#else
int event_find_pfm(struct event *event)
{
    snprintf(event->why, sizeof event->why, "no perf events in this system");
    return -1;
}
#endif
