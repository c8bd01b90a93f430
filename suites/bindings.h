/* SPDX-License-Identifier: Apache-2.0
 * The list of all bindings: one per KERN_OP row of libkern's table, each defined as `km_op_<op>_<dtype>` in
 * suites/<op>.c. */
#ifndef SUITES_BINDINGS_H
#define SUITES_BINDINGS_H

#include <kernmark/binding.h>

/* All bindings; *n is their number. */
const struct km_op *const *km_ops(size_t *n);

/* Names of all variants that libkern knows on any CPU (isa.def), weakest first; NULL-terminated. */
const char *const *km_variant_names(void);

/* What a variant is called in reports ("AVX2+FMA"); NULL for an unknown name. */
const char *km_variant_title(const char *variant);

/* Whether KERN_ISA in the environment forbids a variant that this CPU has. */
int km_variant_ruled_out(const char *variant);

/* NULL, or what is wrong with KERN_ISA in the environment: a static text. */
const char *km_bindings_wrong(void);

/* The libraries that some operations are also measured with (peer.h), as names of variants; NULL-terminated. Suites name
 * them; they are never among the variants of an operation that a suite does not name. */
const char *const *km_peer_names(void);

/* Whether this operation can be measured with that library. Whether the machine has it turns out at set-up. */
int km_has_peer(const char *op, const char *dtype, const char *variant);

/* The variants in which libkern's table has this operation, on this CPU or not; NULL-terminated, and empty for an
 * operation that is not in the table. */
const char *const *km_op_variants(const struct km_op *op);

#endif
