/* SPDX-License-Identifier: Apache-2.0
 * Checks of the dispatch pointers, their narrowing, and the table of variants. Runs before anything has set a pointer,
 * and leaves them at the reference. */
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check.h"

typedef void any_fn(void);

static bool same_op(const struct kern_variant *a, const struct kern_variant *b)
{
    return strcmp(a->op, b->op) == 0 && strcmp(a->dtype, b->dtype) == 0;
}

/* What the pointer of an operation is at present. */
static any_fn *current(const struct kern_variant *v)
{
#define KERN_OP(name, type, ret, params)                                                                               \
    if (strcmp(v->op, #name) == 0 && strcmp(v->dtype, #type) == 0)                                                     \
        return (any_fn *)kern_##name##_##type;
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
    return NULL;
}

/* Every pointer must be the last row of its operation that is in the mask. */
static void pointers_are(struct checks *c, uint32_t mask, const char *when)
{
    size_t n;
    const struct kern_variant *v = kern_variants(&n);
    any_fn *want = NULL;

    for (size_t i = 0; i < n; i++) {
        if (v[i].need == 1u << KERN_ISA_ref || (v[i].need & ~mask) == 0)
            want = v[i].fn;
        if (i + 1 == n || !same_op(&v[i], &v[i + 1]))
            check_that(c, current(&v[i]) == want, "%s: %s/%s is another variant than expected", when, v[i].op,
                       v[i].dtype);
    }
}

static void table(struct checks *c)
{
    size_t n;
    const struct kern_variant *v = kern_variants(&n);

    CHECK(c, n > 0);
    for (size_t i = 0; i < n; i++) {
        bool first = i == 0 || !same_op(&v[i], &v[i - 1]);
        int isa = kern_isa_find(v[i].isa);
        check_at(c, "table %s/%s/%s", v[i].op, v[i].dtype, v[i].isa);
        CHECK(c, v[i].fn != NULL && isa >= 0 && v[i].need == 1u << isa);
        CHECK(c, first == (isa == KERN_ISA_ref));
        CHECK(c, first || v[i].need > v[i - 1].need);
        for (size_t k = 0; k < i; k++) {
            check_that(c, v[k].fn != v[i].fn, "the same function as row %zu", k);
            check_that(c, !first || !same_op(&v[k], &v[i]), "the operation is not in one piece");
        }
    }
    check_at(c, "dispatch");
}

static void names(struct checks *c)
{
    for (int isa = 0; isa < KERN_ISA_COUNT; isa++) {
        CHECK(c, kern_isa_find(kern_isa_name(isa)) == isa);
        CHECK(c, strlen(kern_isa_title(isa)) > 1);
        CHECK(c, kern_isa_upto(isa) == (1u << (isa + 1)) - 1);
        CHECK(c, kern_supported(isa) == (int)(kern_cpu() >> isa & 1u));
    }
    CHECK(c, kern_isa_find("") == -1 && kern_isa_find("AVX2") == -1 && kern_isa_find("avx") == -1);
    CHECK(c, !kern_supported(-1) && !kern_supported(KERN_ISA_COUNT) && !kern_supported(1000));
    CHECK(c, kern_isa_upto(-1) == 0 && kern_isa_upto(KERN_ISA_COUNT) == 0);
    CHECK(c, strcmp(kern_isa_name(-1), "?") == 0 && strcmp(kern_isa_title(KERN_ISA_COUNT), "?") == 0);
    CHECK(c, strcmp(kern_isa_title(KERN_ISA_avx512), "AVX-512") == 0);
}

/* KERN_ISA=name allows what the CPU has up to that variant, or is refused. */
static void environment(struct checks *c)
{
    for (int isa = 0; isa < KERN_ISA_COUNT; isa++) {
        const char *why = NULL;
        kern_init_mask(0);
        setenv("KERN_ISA", kern_isa_name(isa), 1);
        int result = kern_init(&why);
        if (kern_supported(isa)) {
            CHECK(c, result == 0 && !why);
            pointers_are(c, kern_best() & kern_isa_upto(isa), kern_isa_name(isa));
        } else {
            CHECK(c, result == -1 && why && strstr(why, kern_isa_name(isa)));
            pointers_are(c, 0, "refused");
        }
    }
}

/* A name that is no variant changes nothing and is answered with those that are. */
static void bad_environment(struct checks *c)
{
    static const char *const bad[] = { "avx9", "AVX2", " avx2", "ref,auto", "0" };

    kern_init_mask(kern_cpu());
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *why = NULL;
        setenv("KERN_ISA", bad[i], 1);
        CHECK(c,
              kern_init(&why) == -1 && why && strstr(why, "ref auto neon avx2 avx512 avx512vnni avx512bf16 avx512amx"));
        CHECK(c, kern_init(NULL) == -1);
        pointers_are(c, kern_cpu(), bad[i]);
    }
}

void check_dispatch(struct checks *c)
{
    const char *env = getenv("KERN_ISA");
    char *keep = env ? strdup(env) : NULL;

    pointers_are(c, 0, "at the start");
    table(c);
    names(c);
    environment(c);
    bad_environment(c);
    setenv("KERN_ISA", "", 1);
    CHECK(c, kern_init(NULL) == 0);
    pointers_are(c, kern_best(), "KERN_ISA empty");
    unsetenv("KERN_ISA");
    kern_init_mask(0);
    CHECK(c, kern_init(NULL) == 0);
    pointers_are(c, kern_best(), "KERN_ISA unset");
    kern_init_mask(UINT32_MAX);
    pointers_are(c, kern_cpu(), "all variants asked for");
    for (uint32_t mask = 0; mask < 1u << KERN_ISA_COUNT; mask++) {
        kern_init_mask(mask);
        pointers_are(c, mask & kern_cpu(), "any mask");
    }
    kern_init_mask(0);
    if (keep)
        setenv("KERN_ISA", keep, 1);
    free(keep);
}
