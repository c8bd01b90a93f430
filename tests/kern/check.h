/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the kernel checker share. A part is tests/kern/check_<name>.c with one function
 * `void check_<name>(struct checks *c)`, listed in check.c. It needs libkern and libc only.
 *
 * A part makes claims. A claim that holds is counted; one that fails is counted and printed as one line:
 *     FAILED dot/f32/avx2 n=17 offset=3 class=denormal: got 1, want 2
 */
#ifndef TESTS_KERN_CHECK_H
#define TESTS_KERN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kern/kern.h>

struct checks {
    unsigned long passed, failed;
    uint32_t isas;   /* the variants to check: what this CPU has and --isa or KERN_ISA allows */
    uint64_t seed;   /* of everything random; printed at the start, --seed sets it */
    bool some_only;  /* isas are those of --only: an operation may have none of them */
    bool quiet;      /* failures are counted but not printed: set while a deliberately wrong kernel is checked */
    char where[160]; /* what is being checked, for the line of a failure; see check_at() */
};

/* Says what the following claims are about: "dot/f32/avx2 n=17". */
void check_at(struct checks *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Counts one claim; if it does not hold, prints the line with c->where and the message. Returns ok. */
bool check_that(struct checks *c, bool ok, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A claim whose text is the expression itself. */
#define CHECK(c, expr) check_that((c), (expr), "%s:%d: %s", __FILE__, __LINE__, #expr)

/* Calls fn for every variant of an operation that c->isas has, the reference included. Returns how many there were. */
typedef void check_variant_fn(struct checks *c, const struct kern_variant *v);
size_t check_variants(struct checks *c, const char *op, const char *dtype, check_variant_fn *fn);

/* Random numbers (SplitMix64): the state is the seed. check_seed() mixes c->seed with a text, so that every part has
 * numbers of its own and fails alone as it fails in company. */
uint64_t check_seed(const struct checks *c, const char *text);
uint64_t rnd(uint64_t *state);
size_t rnd_below(uint64_t *state, size_t n); /* 0..n-1; n > 0 */
float rnd_float(uint64_t *state);            /* uniform in [-1, 1) */

/* A buffer between two canaries. guard_new() gives `bytes` bytes that start `offset` bytes behind a 64-byte boundary,
 * filled with a pattern; guard_ok() is false if a byte before or behind them was changed. guard_free() frees.
 * The canaries are GUARD_BYTES on each side. Out of memory ends the program. */
enum { GUARD_BYTES = 256 };
struct guard {
    unsigned char *mem, *data;
    size_t bytes;
};
struct guard guard_new(size_t bytes, size_t offset);
bool guard_ok(const struct guard *g);
void guard_free(struct guard *g);

/* A place between two pages that may not be touched: what lies at its end cannot be read beyond, and what lies at its
 * start not before. fence_end() and fence_start() give room for `bytes` there, at most what fence_new() was asked for. */
struct fence {
    unsigned char *map;
    size_t map_bytes, room;
    unsigned char *start, *end;
};
struct fence fence_new(size_t bytes);
void *fence_start(const struct fence *f, size_t bytes);
void *fence_end(const struct fence *f, size_t bytes);
void fence_free(struct fence *f);

/* Fills with floats of one class. */
enum input_class {
    IN_UNIFORM,
    IN_TINY,     /* around 1e-18: products near the smallest normal */
    IN_HUGE,     /* around 1e15 */
    IN_DENORMAL, /* subnormal floats */
    IN_ZERO,     /* +0 and -0 mixed */
    IN_EQUAL,    /* all the same value */
    IN_OFFSET,   /* a large mean with a small spread */
    IN_MIXED,    /* magnitudes from 2^-30 to 2^30 in one array */
    IN_CLASSES
};
const char *input_name(enum input_class k);
void input_fill(float *x, size_t n, enum input_class k, uint64_t *state);

/* The bits of a float, and whether two floats are the same: same bits, or both NaN. */
uint32_t float_bits(float f);
bool same_float(float a, float b);

/* u of kern.h, and the smallest float, which bounds the error of underflow. */
#define UNIT 0x1p-24
#define TINY 0x1p-149

/* All claims about one variant of an operation; also used on variants that are wrong on purpose (bad.c). */
check_variant_fn check_dot_variant, check_gemv_variant, check_layernorm_variant, check_dequant_variant,
    check_kv_variant, check_arena_variant;
check_variant_fn check_norms_variant, check_activation_variant, check_softmax_variant, check_rope_variant,
    check_rope_table_variant, check_axpy_variant, check_argmax_variant, check_topk_variant, check_topp_variant,
    check_lora_variant, check_lora_update_variant;
check_variant_fn check_migrate_variant, check_kv_append_variant, check_kv_load_variant;
check_variant_fn check_attention_variant, check_flash_f32_variant, check_flash_f16_variant, check_flash_i8_variant,
    check_flash_q8_0_variant, check_flash_q4_0_variant, check_flash_tiers_variant;
check_variant_fn check_gemm_variant, check_gemm_f16_variant, check_gemm_bf16_variant, check_gemv_half_variant;

/* The parts, one file each; check.c lists them. */
void check_half(struct checks *c);
void check_cpu(struct checks *c);
void check_dispatch(struct checks *c);
void check_dot(struct checks *c);
void check_gemv(struct checks *c);
void check_layernorm(struct checks *c);
void check_dequant(struct checks *c);
void check_kv(struct checks *c);
void check_arena(struct checks *c);
void check_slab(struct checks *c);
void check_attention(struct checks *c);
void check_flash(struct checks *c);
void check_kv_rows(struct checks *c);
void check_tiers(struct checks *c);
void check_bad(struct checks *c);
void check_bpe(struct checks *c);
void check_norms(struct checks *c);
void check_activation(struct checks *c);
void check_rope(struct checks *c);
void check_sampling(struct checks *c);
void check_lora(struct checks *c);
void check_gemm(struct checks *c);
void check_gemm_half(struct checks *c);
void check_pool(struct checks *c);
void check_threads(struct checks *c);
void check_peak(struct checks *c);
check_variant_fn check_peak_f32_variant, check_peak_i8_variant, check_peak_bf16_variant, check_read_variant;

#endif
