/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/doctoring.h"

#include "harness/cli/edges.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void watch(void)
{
    static const struct timespec second = { 1, 0 };
    if (!host_edge())
        nanosleep(&second, NULL);
}

/* No store, no run of this host: nothing is known, which the check says. */
static void latest_build(struct mem *m, const char *db, struct host *host, struct facts *out)
{
    struct store *s;
    struct run run;
    struct err ignored;
    int64_t id;
    if (store_open(&s, db, STORE_READ, &ignored))
        return;
    if (!store_host_id(s, host->fingerprint, &host->id, &ignored) &&
        !store_find(s, "latest", host->id, &id, &ignored) && !store_load(s, m, id, &run, &ignored))
        *out = run.build.facts;
    store_close(&s);
}

void doctor_examine(struct mem *m, const char *db, struct examination *out)
{
    struct host host;
    struct build build;
    struct fitness_case *c = &out->facts;
    *out = (struct examination){ 0 };
    host_state(m, host_edge(), &c->before);
    watch();
    host_state(m, host_edge_after(), &c->after);
    host_read(m, host_edge(), &host);
    c->host = host.facts;
    read_build(m, &build);
    c->build = build.facts;
    latest_build(m, db, &host, &c->last);
    tunables_read(m, host_edge(), &c->tunables);
    out->findings = fitness_findings(m, c, &out->n);
}

const char *doctor_keep(struct mem *m, const char *db)
{
    const char *slash = strrchr(db, '/');
    return slash ? mem_printf(m, "%.*shost-settings", (int)(slash + 1 - db), db) : "host-settings";
}

/* --- changing --- */

static bool at_fault(const struct examination *x, const char *check)
{
    for (size_t i = 0; i < x->n; i++)
        if (!strcmp(x->findings[i].check, check))
            return x->findings[i].fitness == FITNESS_ADVICE || x->findings[i].fitness == FITNESS_UNFIT;
    return false;
}

/* Those that --fix should change; the ones that it may are first in *permitted. */
static size_t choose(struct mem *m, const struct examination *x, struct tunables *permitted)
{
    const struct tunables *all = &x->facts.tunables;
    size_t refused = 0;
    permitted->all = mem_array(m, all->n, sizeof *all->all);
    for (size_t i = 0; i < all->n; i++) {
        const struct setting *s = &all->all[i];
        if (!s->automatic || !at_fault(x, s->check))
            continue;
        if (s->permitted)
            permitted->all[permitted->n++] = *s;
        else
            printf("not permitted: echo %s | sudo tee %s\n", s->want, s->path), refused++;
    }
    return refused;
}

static void report(const struct err *e)
{
    fflush(stdout);
    fprintf(stderr, "kernmark: %s\n", e->text);
}

int doctor_fix(struct mem *m, const struct examination *x, const char *keep, size_t *open, struct err *e)
{
    struct tunables s = { 0 };
    size_t done = 0;
    *open = choose(m, x, &s);
    if (!s.n) {
        puts(*open ? "Nothing was changed." : "There is nothing to change.");
        return 0;
    }
    if (settings_keep(&s, keep, e))
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        struct err one;
        if (setting_write(m, host_edge(), s.all[i].path, s.all[i].want, &one)) {
            report(&one);
            continue;
        }
        printf("echo %s > %s  # was %s\n", s.all[i].want, s.all[i].path, s.all[i].now);
        done++;
    }
    *open += s.n - done;
    if (!done)
        return settings_forget(keep, e);
    printf("Former values are in %s: `kernmark doctor --restore` brings them back.\n", keep);
    return 0;
}

int doctor_restore(struct mem *m, const char *keep, struct err *e)
{
    struct tunables s;
    bool found;
    size_t failed = 0;
    if (settings_kept(m, keep, &found, &s, e))
        return -1;
    if (!found)
        return err_set(e, EXIT_USAGE, "%s does not exist: --fix has changed nothing that is still to be restored",
                       keep);
    for (size_t i = s.n; i-- > 0;) {
        struct err one;
        if (setting_write(m, host_edge(), s.all[i].path, s.all[i].now, &one)) {
            report(&one);
            failed++;
        } else
            printf("echo %s > %s\n", s.all[i].now, s.all[i].path);
    }
    if (failed)
        return err_set(e, EXIT_ENVIRONMENT, "%zu of %zu settings are not restored; %s stays until they are", failed,
                       s.n, keep);
    return settings_forget(keep, e);
}
