/* SPDX-License-Identifier: Apache-2.0
 * The dispatch pointers and the list of variants, both expanded from kern.def. */
#include <stdlib.h>
#include <string.h>

#include <kern/kern.h>

#define KERN_OP(op, dtype, ret, params) kern_##op##_##dtype##_fn *kern_##op##_##dtype = kern_##op##_##dtype##_ref;
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR

typedef void any_fn(void);

#define ROW(op, dtype, isa)             { #op, #dtype, #isa, 1u << KERN_ISA_##isa, (any_fn *)kern_##op##_##dtype##_##isa },
#define KERN_OP(op, dtype, ret, params) ROW(op, dtype, ref)
#define KERN_VAR(op, dtype, isa)        KERN_ON_##isa(ROW(op, dtype, isa))
static const struct kern_variant variants[] = {
#include <kern/kern.def>
};
#undef KERN_OP
#undef KERN_VAR

#define KERN_ISA(name, arch, title) { #name, title },
static const struct {
    const char *name, *title;
} isas[] = {
#include <kern/isa.def>
};
#undef KERN_ISA

#define KERN_ISA(name, arch, title) " " #name
static const char unknown_isa[] = "KERN_ISA names no variant; the variants are:"
#include <kern/isa.def>
    ;
#undef KERN_ISA

#define KERN_ISA(name, arch, title) "KERN_ISA=" #name ": this CPU, its operating system or this build lacks " title,
static const char *const missing_isa[] = {
#include <kern/isa.def>
};
#undef KERN_ISA

const struct kern_variant *kern_variants(size_t *n)
{
    *n = sizeof variants / sizeof *variants;
    return variants;
}

static int known(int isa)
{
    return isa >= 0 && isa < KERN_ISA_COUNT;
}

int kern_isa_find(const char *name)
{
    for (int isa = 0; isa < KERN_ISA_COUNT; isa++)
        if (strcmp(isas[isa].name, name) == 0)
            return isa;
    return -1;
}

const char *kern_isa_name(int isa)
{
    return known(isa) ? isas[isa].name : "?";
}

const char *kern_isa_title(int isa)
{
    return known(isa) ? isas[isa].title : "?";
}

uint32_t kern_isa_upto(int isa)
{
    return known(isa) ? (2u << isa) - 1 : 0;
}

int kern_supported(int isa)
{
    return known(isa) && (kern_cpu() >> isa & 1u);
}

/* Each row of kern.def is one assignment; a later row that the machine can run replaces an earlier one. */
void kern_init_mask(uint32_t mask)
{
    mask &= kern_cpu();
#define KERN_OP(op, dtype, ret, params) kern_##op##_##dtype = kern_##op##_##dtype##_ref;
#define KERN_VAR(op, dtype, isa)                                                                                       \
    KERN_ON_##isa(if (mask >> KERN_ISA_##isa & 1u) kern_##op##_##dtype = kern_##op##_##dtype##_##isa;)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
}

static int fail(const char **why, const char *text)
{
    if (why)
        *why = text;
    return -1;
}

int kern_allowed(uint32_t *mask, const char **why)
{
    const char *name = getenv("KERN_ISA");

    *mask = kern_cpu();

    if (name && *name) {
        int isa = kern_isa_find(name);
        if (isa < 0)
            return fail(why, unknown_isa);
        if (!kern_supported(isa))
            return fail(why, missing_isa[isa]);
        *mask &= kern_isa_upto(isa);
    }
    return 0;
}

int kern_init(const char **why)
{
    uint32_t mask;

    if (kern_allowed(&mask, why) != 0)
        return -1;
    kern_init_mask(mask & kern_best());
    return 0;
}
