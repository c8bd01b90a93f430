/* SPDX-License-Identifier: Apache-2.0
 * exp, SiLU, both forms of GELU and SwiGLU in the vocabulary of libkern/simd_math.h: one loop, and a function of some
 * vectors for each. */
#include <kern/kern.h>

#include "libkern/tail_poly.h"

V_GROUP_OF activation_exp(vf *y, const float *x, const float *unused, const int n)
{
    (void)x;
    (void)unused;
    v_exp(y, n);
}

V_GROUP_OF activation_silu(vf *y, const float *x, const float *unused, const int n)
{
    (void)unused;
    v_sigmoid(y, n);
    V_EACH(j, n) y[j] = v_mul(v_load(x + j * VN), y[j]);
}

/* x / 2 (1 + tanh z) is x sigmoid(2 z), which loses nothing where tanh is near -1; 2 z = x (a + b x^2). */
V_GROUP_OF activation_gelu(vf *y, const float *x, const float *unused, const int n)
{
    V_EACH(j, n) y[j] = v_mul(y[j], v_fma(v_mul(y[j], y[j]), v_set(0x1.2444f2p-4f), v_set(0x1.988454p+0f)));
    activation_silu(y, x, unused, n);
}

V_GROUP_OF activation_swiglu(vf *y, const float *gate, const float *up, const int n)
{
    activation_silu(y, gate, gate, n);
    V_EACH(j, n) y[j] = v_mul(y[j], v_load(up + j * VN));
}

/* x Phi(x) = max(x, 0) - |x| Phi(-|x|), of which no part cancels another. The rounding error of z^2, which the exponential
 * would make 100 times as large in the far tail, is taken back. From 15 on the tail is 0. */
V_GROUP_OF activation_gelu_erf(vf *y, const float *x, const float *unused, const int n)
{
    vf z[4], t[4], over[4], e[4], p[4];
    (void)x;
    (void)unused;
    V_EACH(j, n)
    {
        z[j] = v_max(v_set(-15), v_negabs(y[j])); /* this way round, a NaN stays one */
        t[j] = v_div(v_set(1), v_fnma(v_set(TAIL_STEP), z[j], v_set(1)));
        over[j] = v_fnma(z[j], z[j], v_mul(z[j], z[j]));
        e[j] = v_mul(v_set(-0.5f), v_mul(z[j], z[j]));
    }
    v_exp_neg(e, n);
    V_EACH(j, n)
    {
        p[j] = v_fma(v_fma(v_fma(v_set(TAIL_8), t[j], v_set(TAIL_7)), t[j], v_set(TAIL_6)), t[j], v_set(TAIL_5));
        p[j] = v_fma(v_fma(v_fma(p[j], t[j], v_set(TAIL_4)), t[j], v_set(TAIL_3)), t[j], v_set(TAIL_2));
        p[j] = v_fma(v_fma(p[j], t[j], v_set(TAIL_1)), t[j], v_set(TAIL_0));
        e[j] = v_fma(v_mul(v_set(0.5f), over[j]), e[j], e[j]);
        y[j] = v_fma(v_mul(v_mul(z[j], t[j]), p[j]), e[j], v_where_neg(y[j], v_set(-0.0f), y[j]));
    }
}

/* f has the vectors in y and may load them again from x, as registers are few. What is left over is copied. */
#define ACTIVATION(f)                                                                                                  \
    size_t i = 0;                                                                                                      \
    vf v[V_GROUP];                                                                                                     \
    for (; i + V_GROUP * VN <= n; i += V_GROUP * VN) {                                                                 \
        V_EACH(j, V_GROUP) v[j] = v_load(x + i + (size_t)(j * VN));                                                    \
        f(v, x + i, u + i, V_GROUP);                                                                                   \
        V_EACH(j, V_GROUP) v_store(y + i + (size_t)(j * VN), v[j]);                                                    \
    }                                                                                                                  \
    for (; i < n; i += VN) {                                                                                           \
        float some_x[VN], some_u[VN];                                                                                  \
        size_t k = v_left(n, i);                                                                                       \
        v[0] = v_load_first(x + i, k, 0);                                                                              \
        v_store(some_x, v[0]);                                                                                         \
        v_store(some_u, v_load_first(u + i, k, 0));                                                                    \
        f(v, some_x, some_u, 1);                                                                                       \
        v_store_first(y + i, v[0], k);                                                                                 \
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
