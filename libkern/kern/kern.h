/* SPDX-License-Identifier: Apache-2.0
 * libkern: kernels of language model inference, each in several variants, all checked against one scalar reference.
 *
 *     #include <kern/kern.h>
 *
 *     const char *why;
 *     if (kern_init(&why) != 0)            // optional: without it every operation is the scalar reference
 *         fprintf(stderr, "%s\n", why);
 *     float r = kern_dot_f32(x, y, 384);   // the best variant of this CPU
 *     float s = kern_dot_f32_avx2(x, y, 384); // one variant; only where kern_supported(KERN_ISA_avx2)
 *
 * The table of operations is kern.def, the table of variants isa.def. What no table can say, the contract of each
 * operation, is below. It binds every variant.
 *
 * For all operations:
 * - Memory is the caller's. No kernel allocates, prints, starts a thread or keeps state.
 * - Arrays need the alignment of their element type and nothing more; 64 bytes is fastest. Only the elements named in
 *   a contract are read or written, not one beyond.
 * - Arrays that are written must not overlap any other argument unless the contract says so.
 * - Sizes are preconditions: a size is the caller's promise, and 0 is always allowed unless the contract says so.
 * - The rounding mode must be round to nearest. "tiny" below is the smallest float, 2^-149; where the caller has
 *   turned on flush-to-zero or denormals-are-zero, the smallest normal float.
 * - Errors are bounded in u = 2^-24, the unit roundoff of float, against the result in exact arithmetic. */
#ifndef KERN_KERN_H
#define KERN_KERN_H

#include <stddef.h>
#include <stdint.h>

#include <kern/attn.h>
#include <kern/bpe.h>
#include <kern/gemm.h>
#include <kern/matmul.h>
#include <kern/peak.h>
#include <kern/pool.h>
#include <kern/quant.h>
#include <kern/slab.h>
#include <kern/vec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- data ---------------------------------------------------------------------------------------------------------*/

/* 32 weights of 4 bits in the Q4_0 block layout of GGUF, 18 bytes, alignment 2:
 *     weight[i]      = d * ((qs[i] & 15) - 8)   for i in 0..15
 *     weight[i + 16] = d * ((qs[i] >> 4) - 8)
 * d is an IEEE binary16 in host byte order (little-endian on all supported CPUs, as in the file). */
enum { KERN_Q4_0_BLOCK = 32 };
struct kern_q4_0 {
    uint16_t d;
    uint8_t qs[KERN_Q4_0_BLOCK / 2];
};

/* A cache of keys and values for attention. K and V are two arrays of the caller, each kern_kv_floats() long and laid
 * out [layer][position][width], so that one layer's history is contiguous. Positions 0..filled-1 hold data. */
struct kern_kv {
    float *k, *v;
    size_t layers, capacity, width; /* capacity: positions there is room for */
    size_t filled;
};

/* Floats each of K and V must hold; 0 if a size is 0 or the product of the bytes does not fit in size_t. */
size_t kern_kv_floats(size_t layers, size_t capacity, size_t width);

/* An empty cache over the caller's arrays, which must outlive it and are not cleared. Returns -1 and leaves c as it
 * was if kern_kv_floats() of the sizes is 0 or an array is NULL; else 0. */
int kern_kv_init(struct kern_kv *c, float *k, float *v, size_t layers, size_t capacity, size_t width);

/* Writes one layer's key and value (width floats each) at position c->filled, which becomes readable with
 * kern_kv_advance(). Writing twice replaces. Returns -1, writing nothing, if the cache is full or has no such layer. */
int kern_kv_put(struct kern_kv *c, size_t layer, const float *k, const float *v);

/* Makes the position that kern_kv_put() wrote part of the cache. Returns -1 if the cache is full. */
int kern_kv_advance(struct kern_kv *c);

/* kern_kv_put() of every layer and then kern_kv_advance(): k and v hold layers * width floats, [layer][width].
 * Returns -1, writing nothing, if the cache is full. */
int kern_kv_append(struct kern_kv *c, const float *k, const float *v);

/* Where the key or value of a position lies: width floats inside the caller's array; following positions of the layer
 * lie directly behind. NULL if layer or pos is beyond what is filled. */
const float *kern_kv_key(const struct kern_kv *c, size_t layer, size_t pos);
const float *kern_kv_value(const struct kern_kv *c, size_t layer, size_t pos);

/* Bump allocation in memory of the caller: allocations end together, at kern_arena_reset(). */
struct kern_arena {
    unsigned char *base;
    size_t size; /* bytes at base */
    size_t used; /* bytes given out since the last reset, padding included */
    size_t peak; /* largest `used` at any reset; kern_arena_peak() also counts the present */
};

/* An empty arena over `size` bytes at mem, which must outlive it. mem may be NULL if size is 0. */
void kern_arena_init(struct kern_arena *a, void *mem, size_t size);

/* Gives all allocations back at once. */
void kern_arena_reset(struct kern_arena *a);

/* The most bytes that were ever in use, padding included. */
size_t kern_arena_peak(const struct kern_arena *a);

/* IEEE binary16 and float. Widening is exact. Narrowing rounds to nearest, ties to even; too large becomes infinity,
 * too small subnormal or zero; the sign is always kept. A NaN stays a NaN (made quiet, upper payload bits kept). Same
 * results as F16C, which is not needed. */
float kern_f16_to_f32(uint16_t h);
uint16_t kern_f32_to_f16(float f);

/* --- operations ---------------------------------------------------------------------------------------------------
 *
 * kern_dot_f32(x, y, n): sum of x[i] * y[i]
 *     x, y: n floats each; may be the same or overlap (only read). n = 0 gives +0.
 *     Error at most (n + 1) (u * sum |x[i] y[i]| + tiny): the bound of summing in any order (Higham, Accuracy and
 *     Stability of Numerical Algorithms, 2nd ed., section 3.1), because the order is the variant's choice.
 *     A NaN in x or y gives NaN; so do inf * 0 and inf - inf. Otherwise an infinity gives the infinity of its sign.
 *     If sum |x[i] y[i]| overflows float, the result may be anything.
 *
 * kern_gemv_f32(y, a, x, m, k): y[i] = sum over j of a[i * k + j] * x[j]
 *     a: m rows of k floats, row-major, no gap between rows; x: k floats; y: m floats, overwritten.
 *     k = 0 gives zeros, m = 0 writes nothing. Each y[i] has the error bound and special values of dot; rows do not
 *     influence each other. y[i] does not depend on m, so rows may be split among threads.
 *
 * kern_gemv_f16(y, a, x, m, k), kern_gemv_bf16(y, a, x, m, k): the same with a matrix of binary16 or bfloat16
 *     Its numbers are widened to float, which is exact; x, the sums and y are float, with the bounds of kern_gemv_f32().
 *
 * kern_layernorm_f32(y, x, w, b, n, eps): y[i] = (x[i] - mean) / sqrt(var + eps) * w[i] + b[i]
 *     mean and var are those of x (var divides by n). x, w, b: n floats each, read; y: n floats. y may be x itself.
 *     w and b may be the same or overlap with x if y does not. eps >= 0.
 *     Ba, Kiros and Hinton, Layer Normalization, arXiv:1607.06450. Two passes: the mean first, then the squares of
 *     the differences, whose own small sum corrects the variance (the corrected two-pass algorithm of Chan, Golub and
 *     LeVeque, The American Statistician 37(3), 1983), so that a large mean does not eat the variance. Where the first
 *     element lies near the mean, one pass with differences from it does as well.
 *     With s = sqrt(var + eps), M = max |x[i]| and X = (x[i] - mean) / s, the error of y[i] is at most
 *         (n + 32) u (|w[i]| (M / s + |X|) + |b[i]|) + tiny.
 *     Preconditions: s^2 >= 2^-120, so eps = 0 only where x varies; and n M^2 < 2^128. Otherwise the result may be
 *     anything. All x equal gives b, within the bound. A NaN or infinity anywhere in x makes every y a NaN.
 *
 * kern_dequant_q4_0(y, x, nblocks): the 32 * nblocks weights of x (see struct kern_q4_0)
 *     x: nblocks blocks; y: 32 * nblocks floats. Exact (11 bits times 4 bits fit a float), and so the same bits in
 *     every variant, -0 included (d < 0 and a nibble of 8, or d = -0). A d of infinity gives infinities, and NaN for
 *     nibbles of 8; a NaN gives NaNs.
 *
 * kern_kv_read_f32(k, v, cache, layer, pos): copies one position's key and value
 *     k, v: cache->width floats each, overwritten; neither may overlap the other or the cache's arrays.
 *     layer < cache->layers and pos < cache->filled are preconditions. Bits are copied as they are, NaNs included.
 *     To use the data in place, see kern_kv_key().
 *
 * kern_arena_alloc_u8(a, bytes, align): `bytes` bytes of a, at an address that is a multiple of align
 *     Returns NULL and changes nothing if align is not a power of two (0 is not) or the arena has not room enough;
 *     no size is large enough to wrap around. 0 bytes give an address that may not be written, or NULL if alignment
 *     leads beyond the end. The memory is not cleared and is valid until kern_arena_reset().
 *     Not thread-safe: one arena per thread. There is nothing to vectorise, hence only ref and auto.
 *
 * kern_bpe_encode_utf8: see <kern/bpe.h>. Quantised weights: see <kern/quant.h>. Ceilings: see
 * <kern/peak.h>. */

/* --- dispatch -----------------------------------------------------------------------------------------------------*/

/* The variants by number, weakest first: KERN_ISA_ref, KERN_ISA_auto, ... A set of them is a mask of 1u << number. */
enum kern_isa {
#define KERN_ISA(name, arch, title) KERN_ISA_##name,
#include <kern/isa.def>
#undef KERN_ISA
    KERN_ISA_COUNT
};

/* KERN_ON_<variant>(...) is its arguments where the target architecture has that variant and nothing elsewhere, so that
 * the tables need no #if. A new variant is one line here. */
#define KERN_ON_ANY(...) __VA_ARGS__
#if defined __x86_64__
#define KERN_ON_X86(...) __VA_ARGS__
#define KERN_ON_ARM(...)
#elif defined __aarch64__
#define KERN_ON_X86(...)
#define KERN_ON_ARM(...) __VA_ARGS__
#else
#define KERN_ON_X86(...)
#define KERN_ON_ARM(...)
#endif
#define KERN_ON_ref        KERN_ON_ANY
#define KERN_ON_auto       KERN_ON_ANY
#define KERN_ON_neon       KERN_ON_ARM
#define KERN_ON_avx2       KERN_ON_X86
#define KERN_ON_avx512     KERN_ON_X86
#define KERN_ON_avx512vnni KERN_ON_X86
#define KERN_ON_avx512bf16 KERN_ON_X86
#define KERN_ON_avx512amx  KERN_ON_X86

/* For each operation its function type, kern_dot_f32_fn, and its reference, kern_dot_f32_ref(). */
#define KERN_OP(op, dtype, ret, params)                                                                                \
    typedef ret kern_##op##_##dtype##_fn params;                                                                       \
    kern_##op##_##dtype##_fn kern_##op##_##dtype##_ref;
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR

/* The other variants of this architecture: kern_dot_f32_avx2() and so on. Calling one that is not kern_supported() ends
 * in SIGILL. */
#define KERN_OP(op, dtype, ret, params)
#define KERN_VAR(op, dtype, isa) KERN_ON_##isa(kern_##op##_##dtype##_fn kern_##op##_##dtype##_##isa;)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR

/* The dispatch pointers: kern_dot_f32 and so on. They start at the reference, so calling them is right at any time;
 * kern_init() and kern_init_mask() replace them. These are the only mutable globals of the library. */
#define KERN_OP(op, dtype, ret, params) extern kern_##op##_##dtype##_fn *kern_##op##_##dtype;
#define KERN_VAR(op, dtype, isa)
#include <kern/kern.def>
#undef KERN_OP
#undef KERN_VAR

/* Chooses for each operation the best variant that kern_best() has and that the environment variable KERN_ISA allows:
 * KERN_ISA=avx2 allows avx2 and all weaker ones, KERN_ISA=ref the reference only; unset or empty allows all. Returns 0;
 * or -1 if KERN_ISA is not a variant's name or names one that this CPU or build lacks. Then the pointers are left
 * as they were and *why (if why is not NULL) is a static text that says what was expected.
 * Not thread-safe: call it before starting threads. May be called again. */
int kern_init(const char **why);

/* The set of variants that may be called: what the CPU has and KERN_ISA allows. Returns and fills *why as kern_init()
 * does. */
int kern_allowed(uint32_t *mask, const char **why);

/* The same for a given set of variants; those that the CPU lacks are ignored, and ref is always in. Operations that
 * nothing in the set serves go back to the reference. */
void kern_init_mask(uint32_t mask);

/* The set of variants that this CPU, its operating system and this build support. */
uint32_t kern_cpu(void);

/* The same without those that this CPU has but is slower with than without: AVX-512 BF16 on Intel, where its instruction
 * takes longer than the floating-point ones that it stands for. kern_init_mask() takes them if they are asked for. */
uint32_t kern_best(void);

/* 1 if isa is in kern_cpu(), else 0; also for numbers that are no variant. */
int kern_supported(int isa);

/* All variants up to and including isa in the order of isa.def: what KERN_ISA=<name> allows. 0 for no variant. */
uint32_t kern_isa_upto(int isa);

/* The number of the variant called name, or -1. */
int kern_isa_find(const char *name);

/* A variant's name ("avx2") and its title in reports ("AVX2+FMA"); "?" for a number that is no variant. */
const char *kern_isa_name(int isa);
const char *kern_isa_title(int isa);

/* One compiled-in variant of one operation. fn is to be cast back to the operation's function type (C keeps a function
 * pointer whole through such a round trip). */
struct kern_variant {
    const char *op, *dtype, *isa;
    uint32_t need; /* callable if (need & ~kern_cpu()) == 0; 1u << KERN_ISA_<isa> */
    void (*fn)(void);
};

/* Every variant of this build, supported by the CPU or not: grouped by operation in the order of kern.def, the
 * reference first in its group, then in order of preference. *n is their number. */
const struct kern_variant *kern_variants(size_t *n);

#ifdef __cplusplus
}
#endif

#include <kern/threads.h>

#endif
