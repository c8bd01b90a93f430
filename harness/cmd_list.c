/* SPDX-License-Identifier: Apache-2.0
 * kernmark list: the plan, without running it. */
#include "harness/cli/edges.h"
#include "harness/cli/selection.h"
#include "harness/command.h"
#include "reports/print.h"

struct options {
    struct common common;
    struct selection select;
};

static const struct option_row rows[] = {
    { "profile", "NAME", "smoke, quick (default), full, or one that the suite defines", OPTION_TEXT,
      offsetof(struct options, select.profile) },
    { "filter", "REGEX", "only benchmarks whose name matches; a leading '-' negates", OPTION_TEXT,
      offsetof(struct options, select.filter) },
    COMMON_FORMAT,
    OPTIONS_END,
};

/* A plan as results without numbers. */
static struct result *planned(struct mem *m, const struct plan *plan)
{
    struct result *all = mem_array(m, plan->njobs, sizeof *all);
    for (size_t i = 0; i < plan->njobs; i++) {
        const struct job *job = &plan->jobs[i];
        all[i] = (struct result){ .bench = job->bench, .entry = job->entry, .message = job->unsupported };
        all[i].status = job->unsupported ? STATUS_UNSUPPORTED : STATUS_OK;
    }
    return all;
}

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    const struct options *o = options;
    struct host host;
    struct plan plan;
    const char *names;
    host_read(m, host_edge(), &host);
    if (select_plan(m, words, &o->select, fact_value(&host.facts, "cpu.model"), &plan, &names, e))
        return -1;
    struct table t = print_list(m, planned(m, &plan), plan.njobs, table_format(&o->common));
    return print_table(&o->common, &t, e);
}

const struct command command_list = {
    .name = "list",
    .summary = "print the benchmarks of suites, and why some cannot run here",
    .usage = "list [SUITE...] [options]",
    .about =
        "Prints every benchmark that `run` would measure, with its target, and those this machine cannot run with\n"
        "the reason.",
    .example = "  kernmark list core --filter=avx512",
    .options = rows,
    .options_size = sizeof(struct options),
    .run = run,
};
