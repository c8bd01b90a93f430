/* SPDX-License-Identifier: Apache-2.0
 * Everything here is expanded from libkern's tables, so that a new operation is one row there and one binding file. */
#include "suites/bindings.h"

#include <kern/kern.h>

#include <string.h>

#define KERN_OP(op, dtype, ret, params) extern const struct km_op km_op_##op##_##dtype;
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR

/* No kernels: what splitting one costs, what fusing two saves, and what many make together. */
extern const struct km_op km_op_fork_join_pool, km_op_gemm_epilogue_f32, km_op_decoder_f32, km_op_model_f32;

static const struct km_op *const ops[] = {
#define KERN_OP(op, dtype, ret, params) &km_op_##op##_##dtype,
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
    &km_op_fork_join_pool,
    &km_op_gemm_epilogue_f32,
    &km_op_decoder_f32,
    &km_op_model_f32,
};

/* What is made of many kernels has the variants that they all have. */
#define IN_EVERY_VARIANT "ref", "auto", "neon", "avx2", "avx512",

/* The variants of all operations in a row, those of one between two NULLs. */
static const char *const written[] = {
#define KERN_OP(op, dtype, ret, params) NULL, "ref",
#define KERN_VAR(op, dtype, isa)        #isa,
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR
    NULL,
    "ref", /* fork_join */
    NULL,
    IN_EVERY_VARIANT /* gemm_epilogue */
        NULL,
    IN_EVERY_VARIANT /* decoder */
        NULL,
    IN_EVERY_VARIANT /* model */
        NULL,
};

static const char *const names[] = {
#define KERN_ISA(name, arch, title) #name,
#include <kern/isa.def>
#undef KERN_ISA
    NULL,
};

const struct km_op *const *km_ops(size_t *n)
{
    *n = sizeof ops / sizeof ops[0];
    return ops;
}

const char *const *km_variant_names(void)
{
    return names;
}

const char *km_variant_title(const char *variant)
{
    int isa = kern_isa_find(variant);
    return isa < 0 ? NULL : kern_isa_title(isa);
}

int km_variant_ruled_out(const char *variant)
{
    int isa = kern_isa_find(variant);
    uint32_t allowed;
    return kern_supported(isa) && kern_allowed(&allowed, NULL) == 0 && !(allowed >> isa & 1u);
}

const char *km_bindings_wrong(void)
{
    const char *why;
    uint32_t allowed;
    return kern_allowed(&allowed, &why) ? why : NULL;
}

const char *const *km_op_variants(const struct km_op *op)
{
    const char *const *list = written;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        list++; /* past the NULL before this operation */
        if (strcmp(ops[i]->op, op->op) == 0 && strcmp(ops[i]->dtype, op->dtype) == 0)
            return list;
        while (*list)
            list++;
    }
    return list;
}
