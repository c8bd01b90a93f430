/* SPDX-License-Identifier: Apache-2.0
 * Reading memory, NEON. */
#include <arm_neon.h>

#define READ_V             uint32x4_t
#define READ_LANES         4
#define READ_ZERO          vdupq_n_u32(0)
#define READ_LOAD(p)       vld1q_u32(p)
#define READ_XOR3(s, a, b) veorq_u32(s, veorq_u32(a, b))
#define READ_STORE(p, v)   vst1q_u32(p, v)
#include "libkern/read_body.h"

uint32_t kern_read_u32_neon(const uint32_t *x, size_t n, size_t passes)
{
    return read_all(x, n, passes);
}
