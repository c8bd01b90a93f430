/* SPDX-License-Identifier: Apache-2.0
 * kernmark worker: the child side of the runner; started by `run` and `verify`, not by people. */
#include "harness/command.h"
#include "harness/measure/protocol.h"
#include "harness/measure/runner.h"
#include "suites/bindings.h"

#include <fcntl.h>
#include <unistd.h>

static const struct option_row rows[] = { OPTIONS_END };

static int run(struct mem *m, void *options, const struct words *words, struct err *e)
{
    (void)m, (void)options, (void)words;
    size_t nops;
    const struct km_op *const *ops = km_ops(&nops);
    if (fcntl(WORKER_IN, F_GETFD) < 0 || fcntl(WORKER_OUT, F_GETFD) < 0)
        return err_set(e, EXIT_USAGE, "`worker` is started by `kernmark run`, not by hand");
    return worker_main(WORKER_IN, WORKER_OUT, ops, nops);
}

const struct command command_worker = {
    .name = "worker",
    .summary = NULL,
    .usage = "worker",
    .about = "Measures one benchmark on behalf of `kernmark run`, which talks to it through two pipes.",
    .example = "  (not for use by hand)",
    .options = rows,
    .options_size = sizeof(struct common),
    .run = run,
};
