/* SPDX-License-Identifier: Apache-2.0
 * What the checks of quantised operations share. */
#ifndef TESTS_KERN_CHECK_QUANT_H
#define TESTS_KERN_CHECK_QUANT_H

#include "tests/kern/check.h"

/* A half by its definition in IEEE 754, and the half nearest to a finite number, ties to even; without the library. */
double quant_half(uint16_t h);
uint16_t quant_to_half(double f);

/* Value i of a row of blocks. */
double quant_q8_0(const struct kern_q8_0 *x, size_t i);
double quant_q4_0(const struct kern_q4_0 *x, size_t i);

/* Random blocks with finite scales: any bytes, but no -128, which no quantiser writes. */
void quant_fill_q8_0(struct kern_q8_0 *x, size_t nblocks, uint64_t *state);
void quant_fill_q4_0(struct kern_q4_0 *x, size_t nblocks, uint64_t *state);

/* The Q8_0 block of 32 floats by the rule of quant.h. */
void quant_expect_q8_0(void *block, const float *x);

/* The same for Q4_K, a value being product - minimum; for the Q8_K block of 256 floats; and for a row of INT8, whose
 * scale is returned. */
void quant_fill_q4_k(struct kern_q4_k *x, size_t nblocks, uint64_t *state);
double quant_q4_k_product(const struct kern_q4_k *x, size_t i);
double quant_q4_k_minimum(const struct kern_q4_k *x, size_t i);
void quant_expect_q8_k(struct kern_q8_k *y, const float *x);
float quant_expect_i8(int8_t *q, const float *x, size_t k);

check_variant_fn check_dot_q8_0, check_dot_q4_0, check_gemv_q8_0, check_gemv_q4_0, check_packed_q8_0, check_packed_q4_0;
check_variant_fn check_quantize_i8, check_dequant_i8, check_dot_i8, check_gemv_i8;
check_variant_fn check_quantize_i4, check_dequant_i4, check_dot_i4, check_gemv_i4;
check_variant_fn check_dequant_q4_k, check_quantize_q8_k, check_dot_q4_k, check_gemv_q4_k, check_packed_q4_k;
check_variant_fn check_quantize_q8_0, check_quantize_q4_0, check_dequant_q8_0;

check_variant_fn check_matmul_q8_0, check_matmul_q4_0, check_matmul_q4_k, check_matmul_i8, check_matmul_i4;

void check_matmul(struct checks *c);
void check_matmul_bad(struct checks *c);
void check_quantize(struct checks *c);
void check_dot_quant(struct checks *c);
void check_gemv_quant(struct checks *c);
void check_i8(struct checks *c);
void check_quant_quality(struct checks *c);
void check_q4_k(struct checks *c);
void check_quant_bad(struct checks *c);

#endif
