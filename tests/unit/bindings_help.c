/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/bindings_help.h"

#include "harness/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char data_dir[] = "suites/data";

const struct km_op *bh_find(const char *name)
{
    size_t n, length = strcspn(name, "/");
    const char *dtype = name[length] ? name + length + 1 : NULL;
    const struct km_op *const *ops = km_ops(&n);
    for (size_t i = 0; i < n; i++)
        if (strlen(ops[i]->op) == length && memcmp(ops[i]->op, name, length) == 0 &&
            (!dtype || strcmp(ops[i]->dtype, dtype) == 0))
            return ops[i];
    fail_msg("no binding for %s", name);
    return NULL;
}

struct km_cost bh_whole_life(const struct km_op *op, const struct km_param *params, size_t nparams, const char *variant)
{
    struct km_case c = { .params = params, .nparams = nparams, .variant = variant, .data_dir = data_dir, .seed = 42 };
    if (op->setup(&c) != KM_RIGHT)
        fail_msg("%s/%s/%s: setup: %s", op->op, op->dtype, variant, c.message);
    struct km_cost cost = op->cost(&c);
    assert_true(cost.items >= 1 && cost.item && cost.flops >= 0 && cost.bytes >= 0);
    for (int turn = 0; turn < 2; turn++) { /* verify must leave the state ready to run, and running must not spoil it */
        if (op->verify(&c) != KM_RIGHT)
            fail_msg("%s/%s/%s: verify: %s", op->op, op->dtype, variant, c.message);
        op->run(&c, 0);
        op->run(&c, 1);
        op->run(&c, 3);
    }
    op->teardown(&c);
    return cost;
}

void bh_suite(const char *path, const char *profile, size_t least, bool moves)
{
    struct mem m = { NULL };
    struct suite suite;
    struct plan plan = { NULL, 0 };
    struct err e = { 0 };
    size_t nops, ran = 0;
    const struct km_op *const *ops = km_ops(&nops);
    if (suite_load(&m, path, &suite, &e) ||
        plan_add(&m, &plan, &suite, profile, &(struct plan_host){ NULL, 2 }, ops, nops, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < plan.njobs; i++) {
        const struct job *job = &plan.jobs[i];
        if (job->unsupported)
            continue;
        struct km_cost cost = bh_whole_life(job->op, job->bench.params, job->bench.nparams, job->bench.variant);
        assert_true(cost.bytes > 0 || !moves);
        ran++;
    }
    assert_true(ran >= least);
    mem_free(&m);
}

void bh_sizes(const struct bh_size *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct km_op *op = bh_find(rows[i].op);
        for (const char *const *v = op->variants(); *v; v++)
            bh_whole_life(op, rows[i].params, rows[i].nparams, *v);
    }
}

void bh_wrong_kernels(const struct bh_wrong *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct km_op *op = bh_find(rows[i].op);
        struct km_case c = {
            .params = rows[i].params, .nparams = rows[i].nparams, .variant = "ref", .data_dir = data_dir, .seed = 7
        };
        assert_int_equal(op->setup(&c), KM_RIGHT);
        ((struct bu_state *)c.state)->fn = rows[i].fn;
        if (op->verify(&c) != KM_WRONG)
            fail_msg("wrong kernel %zu of %s was not caught", i, rows[i].op);
        if (!c.message[0] || !strstr(c.message, rows[i].fragment))
            fail_msg("wrong kernel %zu of %s: message \"%s\"", i, rows[i].op, c.message);
        op->teardown(&c);
    }
}

void bh_impossible_set_ups(const struct bh_impossible *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct km_op *op = bh_find(rows[i].op);
        struct km_case c = { .params = rows[i].params,
                             .nparams = rows[i].nparams,
                             .variant = rows[i].variant,
                             .data_dir = data_dir,
                             .seed = 7 };
        assert_int_equal(op->setup(&c), KM_CANNOT);
        if (!strstr(c.message, rows[i].fragment))
            fail_msg("%s: message \"%s\"", rows[i].op, c.message);
    }
}
