/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU in the vocabulary of libkern/simd_math.h: one loop, and a function of a vector for each. */
#include <kern/kern.h>

#include "libkern/tail_poly.h"

static inline vf activation_exp(vf x, vf unused)
{
    (void)unused;
    return v_exp(x);
}

static inline vf activation_silu(vf x, vf unused)
{
    (void)unused;
    return v_mul(x, v_sigmoid(x));
}

/* x / 2 (1 + tanh z) is x sigmoid(2 z), which loses nothing where tanh is near -1; 2 z = x (a + b x^2). */
static inline vf activation_gelu(vf x, vf unused)
{
    (void)unused;
    vf twice = v_mul(x, v_fma(v_mul(x, x), v_set(0x1.2444f2p-4f), v_set(0x1.988454p+0f)));
    return v_mul(x, v_sigmoid(twice));
}

static inline vf activation_swiglu(vf gate, vf up)
{
    return v_mul(v_mul(gate, v_sigmoid(gate)), up);
}

/* x Phi(x) = max(x, 0) - |x| Phi(-|x|), of which no part cancels another. The rounding error of z^2, which the exponential
 * would make 100 times as large in the far tail, is taken back. From 15 on the tail is 0. */
static inline vf activation_gelu_erf(vf x, vf unused)
{
    (void)unused;
    vf z = v_max(v_set(-15), v_negabs(x)); /* this way round, a NaN stays one */
    vf t = v_div(v_set(1), v_fnma(v_set(TAIL_STEP), z, v_set(1)));
    vf square = v_mul(z, z), over = v_fnma(z, z, square);
    vf e = v_exp_neg(v_mul(v_set(-0.5f), square));
    vf p = v_fma(v_fma(v_fma(v_set(TAIL_8), t, v_set(TAIL_7)), t, v_set(TAIL_6)), t, v_set(TAIL_5));
    p = v_fma(v_fma(v_fma(p, t, v_set(TAIL_4)), t, v_set(TAIL_3)), t, v_set(TAIL_2));
    p = v_fma(v_fma(p, t, v_set(TAIL_1)), t, v_set(TAIL_0));
    e = v_fma(v_mul(v_set(0.5f), over), e, e);
    return v_fma(v_mul(v_mul(z, t), p), e, v_where_neg(x, v_set(-0.0f), x));
}

/* Two vectors a step, so that one's chain of operations fills the other's waits. */
#define ACTIVATION(f)                                                                                                  \
    size_t i = 0;                                                                                                      \
    for (; i + 2 * VN <= n; i += 2 * VN) {                                                                             \
        vf v0 = f(v_load(x + i), v_load(u + i)), v1 = f(v_load(x + i + VN), v_load(u + i + VN));                       \
        v_store(y + i, v0);                                                                                            \
        v_store(y + i + VN, v1);                                                                                       \
    }                                                                                                                  \
    for (; i < n; i += VN) {                                                                                           \
        size_t k = v_left(n, i);                                                                                       \
        v_store_first(y + i, f(v_load_first(x + i, k, 0), v_load_first(u + i, k, 0)), k);                              \
    }

#define ACTIVATION_OF_ONE(op)                                                                                          \
    void V_NAME(op)(float *y, const float *x, size_t n)                                                                \
    {                                                                                                                  \
        const float *u = x;                                                                                            \
        ACTIVATION(activation_##op)                                                                                    \
    }
ACTIVATION_OF_ONE(exp)
ACTIVATION_OF_ONE(silu)
ACTIVATION_OF_ONE(gelu)
ACTIVATION_OF_ONE(gelu_erf)

void V_NAME(swiglu)(float *y, const float *x, const float *u, size_t n)
{
    ACTIVATION(activation_swiglu)
}
