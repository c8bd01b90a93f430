/* SPDX-License-Identifier: Apache-2.0
 * Kernels that are wrong on purpose, each in one way that real kernels are wrong in. The checker must catch every one,
 * by the same claims that it makes about the real ones; and it must not catch the references under other names. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kern/bad.h"
#include "tests/kern/bad_attn.h"
#include "tests/kern/check.h"

/* --- dot ----------------------------------------------------------------------------------------------------------*/

static kern_dot_f32_fn dot_skips_tail, dot_drops_lane, dot_low_precision, dot_reads_beyond, dot_reads_before,
    dot_skips_zeros;

static float dot_skips_tail(const float *x, const float *y, size_t n)
{
    return kern_dot_f32_ref(x, y, n & ~(size_t)7);
}

static float dot_drops_lane(const float *x, const float *y, size_t n)
{
    float sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += i % 16 == 5 && i > 95 ? 0 : x[i] * y[i];
    return sum;
}

/* Keeps 12 bits of each product. */
static float dot_low_precision(const float *x, const float *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        float p = x[i] * y[i];
        uint32_t bits = float_bits(p) & 0xfffff000u;
        memcpy(&p, &bits, sizeof p);
        sum += (double)p;
    }
    return (float)sum;
}

static float dot_reads_beyond(const float *x, const float *y, size_t n)
{
    float next = *(const volatile float *)(y + n);
    return kern_dot_f32_ref(x, y, n) + 0 * (isfinite(next) ? next : 0);
}

static float dot_reads_before(const float *x, const float *y, size_t n)
{
    float last = *(const volatile float *)(x - 1);
    return kern_dot_f32_ref(x, y, n) + 0 * (isfinite(last) ? last : 0);
}

/* Takes 0 times anything for 0. */
static float dot_skips_zeros(const float *x, const float *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] != 0 && y[i] != 0)
            sum += (double)x[i] * (double)y[i];
    return (float)sum;
}

/* --- gemv ---------------------------------------------------------------------------------------------------------*/

static kern_gemv_f32_fn gemv_writes_after, gemv_writes_before, gemv_skips_row, gemv_wrong_stride, gemv_mixes_rows,
    gemv_splits_differ;

static void gemv_writes_after(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    y[m] = 0;
}

static void gemv_writes_before(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    y[-1] = 0;
}

static void gemv_skips_row(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m & ~(size_t)3, k);
}

/* Takes rows to be padded to a multiple of four, as long as that stays inside the matrix. */
static void gemv_wrong_stride(float *y, const float *a, const float *x, size_t m, size_t k)
{
    size_t stride = (k + 3) & ~(size_t)3;

    for (size_t i = 0; i < m; i++)
        y[i] = kern_dot_f32_ref((i + 1) * stride <= m * k ? a + i * stride : a + i * k, x, k);
}

static void gemv_mixes_rows(float *y, const float *a, const float *x, size_t m, size_t k)
{
    kern_gemv_f32_ref(y, a, x, m, k);
    if (m >= 2)
        y[0] += 0 * y[1];
}

/* Right within the bound, but a row alone is added up in another order than a row in company. */
static void gemv_splits_differ(float *y, const float *a, const float *x, size_t m, size_t k)
{
    for (size_t i = 0; i < m; i++) {
        float sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += a[i * k + j] * x[j];
        y[i] = m > 1 ? sum : kern_dot_f32_ref(a, x, k);
    }
}

/* --- layernorm ----------------------------------------------------------------------------------------------------*/

/* What can be got wrong by a constant; plain() is the operation with these mistakes in it. */
struct mistakes {
    double count_less, eps_outside, eps_scale, float_square_of_mean;
};

static void plain(float *y, const float *x, const float *w, const float *b, size_t n, float eps, struct mistakes m)
{
    double mean = 0, var = 0, count = (double)n;

    for (size_t i = 0; i < n; i++)
        mean += (double)x[i] / count;
    for (size_t i = 0; i < n; i++)
        var += ((double)x[i] - mean) * ((double)x[i] - mean) / (count - m.count_less);
    if (m.float_square_of_mean != 0) {
        float squares = 0;
        for (size_t i = 0; i < n; i++)
            squares += x[i] * x[i];
        var = fmax(0, (double)(squares / (float)n - (float)mean * (float)mean));
    }
    double s = sqrt(var + m.eps_scale * (double)eps) + m.eps_outside * (double)eps;
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - mean) / s * (double)w[i] + (double)b[i]);
}

static kern_layernorm_f32_fn norm_n_less_1, norm_eps_outside, norm_eps_forgotten, norm_one_pass, norm_not_in_place,
    norm_skips_tail, norm_writes_after, norm_hides_nan;

static void norm_n_less_1(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .count_less = n > 1 ? 1 : 0, .eps_scale = 1 });
}

static void norm_eps_outside(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .eps_outside = 1 });
}

static void norm_eps_forgotten(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .eps_scale = 0.5 });
}

/* The mean of the squares less the square of the mean, in float. */
static void norm_one_pass(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    plain(y, x, w, b, n, eps, (struct mistakes){ .float_square_of_mean = 1, .eps_scale = 1 });
}

/* Uses y as room for what it still needs of x. */
static void norm_not_in_place(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float first = n ? x[0] : 0;

    if (n)
        y[0] = 0;
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n && x != y)
        y[0] = first * 0 + y[0];
}

static void norm_skips_tail(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    float last = n ? y[n - 1] : 0;

    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n % 16 == 15)
        y[n - 1] = last;
}

static void norm_writes_after(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    if (n % 8)
        y[n] = 0;
}

static void norm_hides_nan(float *y, const float *x, const float *w, const float *b, size_t n, float eps)
{
    kern_layernorm_f32_ref(y, x, w, b, n, eps);
    for (size_t i = 0; i < n; i++)
        y[i] = isnan(y[i]) ? 0 : y[i];
}

/* --- dequant ------------------------------------------------------------------------------------------------------*/

static kern_dequant_q4_0_fn q4_swapped_nibbles, q4_interleaved, q4_wrong_zero, q4_flushes_subnormals, q4_loses_sign,
    q4_writes_after, q4_writes_before, q4_skips_odd_block;

static void q4_swapped_nibbles(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        struct kern_q4_0 b = x[i];
        for (size_t j = 0; j < 16; j++)
            b.qs[j] = (uint8_t)(b.qs[j] << 4 | b.qs[j] >> 4);
        kern_dequant_q4_0_ref(y + 32 * i, &b, 1);
    }
}

/* Both weights of a byte side by side. */
static void q4_interleaved(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < 32 * nblocks; i++) {
        int byte = x[i / 32].qs[i % 32 / 2];
        y[i] = kern_f16_to_f32(x[i / 32].d) * (float)((i % 2 ? byte >> 4 : byte & 15) - 8);
    }
}

static void q4_wrong_zero(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 32 * nblocks; i++)
        y[i] += kern_f16_to_f32(x[i / 32].d) * 0.5f;
}

static void q4_flushes_subnormals(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    for (size_t i = 0; i < nblocks; i++) {
        struct kern_q4_0 b = x[i];
        if ((b.d & 0x7c00) == 0)
            b.d &= 0x8000;
        kern_dequant_q4_0_ref(y + 32 * i, &b, 1);
    }
}

/* q * d - 8 * d is +0 where (q - 8) * d is -0. */
static void q4_loses_sign(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    for (size_t i = 0; i < 32 * nblocks; i++)
        y[i] += 0.0f;
}

static void q4_writes_after(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    y[32 * nblocks] = 0;
}

static void q4_writes_before(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks);
    y[-1] = 0;
}

static void q4_skips_odd_block(float *y, const struct kern_q4_0 *x, size_t nblocks)
{
    kern_dequant_q4_0_ref(y, x, nblocks & ~(size_t)1);
}

/* --- kv_read ------------------------------------------------------------------------------------------------------*/

static kern_kv_read_f32_fn kv_next_position, kv_swapped, kv_writes_after, kv_quiets_nan, kv_layout_by_filled;

static void kv_next_position(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos + 1 < cache->filled ? pos + 1 : pos);
}

static void kv_swapped(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(v, k, cache, layer, pos);
}

static void kv_writes_after(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    v[cache->width] = 0;
}

static void kv_quiets_nan(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    kern_kv_read_f32_ref(k, v, cache, layer, pos);
    for (size_t i = 0; i < cache->width; i++)
        k[i] = isnan(k[i]) ? NAN : k[i];
}

/* Takes a layer to be as long as it is filled, not as long as there is room. */
static void kv_layout_by_filled(float *k, float *v, const struct kern_kv *cache, size_t layer, size_t pos)
{
    struct kern_kv packed = *cache;

    packed.capacity = packed.filled;
    kern_kv_read_f32_ref(k, v, &packed, layer, pos);
}

/* --- arena_alloc --------------------------------------------------------------------------------------------------*/

static kern_arena_alloc_u8_fn arena_wraps, arena_aligns_offset, arena_spends_on_failure, arena_any_alignment,
    arena_one_too_many;

static void *arena_wraps(struct kern_arena *a, size_t bytes, size_t align)
{
    size_t at = align ? a->used + (size_t)(-((uintptr_t)a->base + a->used)) % align : 0;

    if (align == 0 || (align & (align - 1)) != 0 || at + bytes > a->size)
        return NULL;
    a->used = at + bytes;
    return a->base + at;
}

/* Aligns the offset in the arena instead of the address. */
static void *arena_aligns_offset(struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena from_zero = { .size = a->size, .used = a->used };
    unsigned char *p = kern_arena_alloc_u8_ref(&from_zero, bytes, align);

    if (from_zero.used == a->used && !p)
        return NULL;
    a->used = from_zero.used;
    return a->base + (a->used - bytes);
}

static void *arena_spends_on_failure(struct kern_arena *a, size_t bytes, size_t align)
{
    void *p = kern_arena_alloc_u8_ref(a, bytes, align);

    if (!p)
        a->used = a->size;
    return p;
}

static void *arena_any_alignment(struct kern_arena *a, size_t bytes, size_t align)
{
    return kern_arena_alloc_u8_ref(a, bytes, align == 24 ? 8 : align);
}

static void *arena_one_too_many(struct kern_arena *a, size_t bytes, size_t align)
{
    struct kern_arena larger = *a;

    larger.size++;
    void *p = kern_arena_alloc_u8_ref(&larger, bytes, align);
    a->used = larger.used;
    return p;
}

/* --- the test of the checker --------------------------------------------------------------------------------------*/

#define BAD(check, fn) BAD_AS("bad", check, fn)
static const struct bad_kernel wrong[] = {
    BAD(check_dot_variant, dot_skips_tail),
    BAD(check_dot_variant, dot_drops_lane),
    BAD(check_dot_variant, dot_low_precision),
    BAD(check_dot_variant, dot_reads_beyond),
    BAD(check_dot_variant, dot_reads_before),
    BAD(check_dot_variant, dot_skips_zeros),
    BAD(check_gemv_variant, gemv_writes_after),
    BAD(check_gemv_variant, gemv_writes_before),
    BAD(check_gemv_variant, gemv_skips_row),
    BAD(check_gemv_variant, gemv_wrong_stride),
    BAD(check_gemv_variant, gemv_mixes_rows),
    BAD(check_gemv_variant, gemv_splits_differ),
    BAD(check_layernorm_variant, norm_n_less_1),
    BAD(check_layernorm_variant, norm_eps_outside),
    BAD(check_layernorm_variant, norm_eps_forgotten),
    BAD(check_layernorm_variant, norm_one_pass),
    BAD(check_layernorm_variant, norm_not_in_place),
    BAD(check_layernorm_variant, norm_skips_tail),
    BAD(check_layernorm_variant, norm_writes_after),
    BAD(check_layernorm_variant, norm_hides_nan),
    BAD(check_dequant_variant, q4_swapped_nibbles),
    BAD(check_dequant_variant, q4_interleaved),
    BAD(check_dequant_variant, q4_wrong_zero),
    BAD(check_dequant_variant, q4_flushes_subnormals),
    BAD(check_dequant_variant, q4_loses_sign),
    BAD(check_dequant_variant, q4_writes_after),
    BAD(check_dequant_variant, q4_writes_before),
    BAD(check_dequant_variant, q4_skips_odd_block),
    BAD(check_kv_variant, kv_next_position),
    BAD(check_kv_variant, kv_swapped),
    BAD(check_kv_variant, kv_writes_after),
    BAD(check_kv_variant, kv_quiets_nan),
    BAD(check_kv_variant, kv_layout_by_filled),
    BAD(check_arena_variant, arena_wraps),
    BAD(check_arena_variant, arena_aligns_offset),
    BAD(check_arena_variant, arena_spends_on_failure),
    BAD(check_arena_variant, arena_any_alignment),
    BAD(check_arena_variant, arena_one_too_many),
    BAD(check_attention_variant, attn_skips_last),
    BAD(check_attention_variant, attn_forgets_scale),
    BAD(check_attention_variant, attn_without_maximum),
    BAD(check_attention_variant, attn_coarse_exp),
    BAD(check_attention_variant, attn_writes_after),
    BAD(check_attention_variant, attn_reads_beyond),
    BAD(check_attention_variant, attn_hides_nan),
    BAD(check_flash_f32_variant, flash_ignores_window),
    BAD(check_flash_f32_variant, flash_sees_next),
    BAD(check_flash_f32_variant, flash_page_in_order),
    BAD(check_flash_f32_variant, flash_wrong_group),
    BAD(check_flash_f32_variant, flash_wrong_step),
    BAD(check_flash_f32_variant, flash_first_block_only),
    BAD(check_flash_f32_variant, flash_writes_gap),
    BAD(check_flash_f32_variant, flash_mixes_heads),
    BAD(check_flash_i8_variant, flash_forgets_v_scale),
    BAD(check_flash_f16_variant, flash_bf16_as_f16),
    BAD(check_flash_q4_0_variant, flash_q4_swaps_halves),
    BAD(check_flash_q8_0_variant, flash_q8_one_scale),
    BAD(check_flash_tiers_variant, flash_tiers_tail_only),
    BAD(check_flash_tiers_variant, flash_tiers_shifted),
    BAD(check_flash_tiers_variant, flash_tiers_no_room),
    BAD(append_bf16, append_truncates),
    BAD(append_i8, append_one_scale),
    BAD(append_f16, append_fills_gap),
    BAD(append_f32, append_skips_row),
    BAD(append_f32, append_to_wrong_step),
    BAD(load_i8, load_forgets_scale),
    BAD(load_f16, load_writes_after),
    BAD(check_migrate_variant, migrate_loses_sign),
    BAD(check_migrate_variant, migrate_swaps_nibbles),
    BAD(check_migrate_variant, migrate_skips_last),
    BAD(check_gemm_bf16_variant, bad_gemm_bf16_drops_odd),
    BAD(check_gemm_bf16_variant, bad_gemm_bf16_swaps_pairs),
    BAD(check_gemm_f16_variant, bad_gemm_f16_flushes),
    BAD(check_gemm_f16_variant, bad_gemm_f16_takes_pairs),
    BAD(check_gemm_f16_variant, bad_gemm_f16_bounds),
    BAD(check_gemm_f16_variant, bad_gemm_f16_splits_differ),
    BAD(check_gemm_variant, bad_gemm_skips_last_row),
    BAD(check_gemm_variant, bad_gemm_takes_columns_for_stride),
    BAD(check_gemm_variant, bad_gemm_writes_whole_tiles),
    BAD(check_gemm_variant, bad_gemm_forgets_bias),
    BAD(check_gemm_variant, bad_gemm_activates_early),
    BAD(check_gemm_variant, bad_gemm_takes_tanh_for_erf),
    BAD(check_gemm_variant, bad_gemm_splits_differ),
    BAD(check_gemm_variant, bad_gemm_skips_zeros),
    BAD(check_gemv_half_variant, bad_gemv_half_flushes),
    BAD(check_gemv_half_variant, bad_gemv_half_skips_last),
    BAD(check_gemv_half_variant, bad_gemv_half_takes_bf16),
}, right[] = {
    BAD(check_dot_variant, kern_dot_f32_ref),
    BAD(check_gemv_variant, kern_gemv_f32_ref),
    BAD(check_layernorm_variant, kern_layernorm_f32_ref),
    BAD(check_dequant_variant, kern_dequant_q4_0_ref),
    BAD(check_kv_variant, kern_kv_read_f32_ref),
    BAD(check_arena_variant, kern_arena_alloc_u8_ref),
    BAD(check_attention_variant, kern_attention_f32_ref),
    BAD(check_flash_f32_variant, kern_flash_f32_ref),
    BAD(check_flash_i8_variant, kern_flash_i8_ref),
    BAD(check_flash_q8_0_variant, kern_flash_q8_0_ref),
    BAD(check_flash_q4_0_variant, kern_flash_q4_0_ref),
    BAD(check_flash_tiers_variant, kern_flash_tiers_ref),
    BAD(append_i8, kern_kv_append_i8_ref),
    BAD(load_f16, kern_kv_load_f16_ref),
    BAD(check_migrate_variant, kern_kv_migrate_q4_0_ref),
    BAD(check_gemm_variant, kern_gemm_f32_ref),
    BAD(check_gemm_f16_variant, kern_gemm_f16_ref),
    BAD(check_gemm_bf16_variant, kern_gemm_bf16_ref),
    BAD(check_gemv_half_variant, kern_gemv_f16_ref),
};

/* How the check of one kernel ended, and what to add for an exit code that a sanitizer does not use itself. */
enum { EXIT_BASE = 40 };
enum outcome { CLEAN, CAUGHT, CRASHED };
static const char *const outcomes[] = { "passed all claims", "failed a claim", "crashed" };

/* In a child of its own, because a wrong kernel may crash or spoil memory; silent, because failing is its task. */
static enum outcome outcome_of(const struct checks *c, const struct bad_kernel *k)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct checks own = { .isas = c->isas, .seed = c->seed, .quiet = true };
        struct kern_variant v = { .op = k->op, .dtype = "f32", .isa = "ref", .fn = k->fn };
        if (!freopen("/dev/null", "w", stderr)) /* a sanitizer's report of the crash */
            _exit(EXIT_BASE + CRASHED);
        k->check(&own, &v);
        _exit(EXIT_BASE + (own.failed > 0 ? CAUGHT : CLEAN));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return CRASHED;
    return WEXITSTATUS(status) == EXIT_BASE + CLEAN    ? CLEAN
           : WEXITSTATUS(status) == EXIT_BASE + CAUGHT ? CAUGHT
                                                       : CRASHED;
}

static void must_be_caught(struct checks *c, const struct bad_kernel *k)
{
    enum outcome want = strstr(k->name, "reads") ? CRASHED : CAUGHT, got = outcome_of(c, k);
    check_at(c, "bad/%s", k->name);
    check_that(c, got == want, "this wrong kernel %s", outcomes[got]);
}

static void must_pass(struct checks *c, const struct bad_kernel *k)
{
    enum outcome got = outcome_of(c, k);
    check_at(c, "bad/%s", k->name);
    check_that(c, got == CLEAN, "the reference, under another name, %s", outcomes[got]);
}

void check_bad(struct checks *c)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        must_be_caught(c, &wrong[i]);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        must_pass(c, &right[i]);
    for (const struct bad_kernel *k = bad_vec; k->name; k++)
        must_be_caught(c, k);
    for (const struct bad_kernel *k = right_vec; k->name; k++)
        must_pass(c, k);
    for (const struct bad_kernel *k = bad_peak; k->name; k++)
        must_be_caught(c, k);
    for (const struct bad_kernel *k = right_peak; k->name; k++)
        must_pass(c, k);
}
