/* SPDX-License-Identifier: Apache-2.0
 * What quantising the weights does to a model's answer: the Kullback-Leibler divergence of the softmax over the logits
 * of a quantised output layer from that of the same layer in float, sum of p ln(p / q) in nats, p being the float's.
 * Weights and activations are normally distributed and scaled so that logits have a deviation of 4, as sharp as those of
 * language models. Both numbers that quantising loses, of weights and of activations, are in it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kern/check_quant.h"

enum { VOCABULARY = 512, WIDTH = 1024 };

static float normal(uint64_t *state)
{
    double u = ((double)rnd_float(state) + 1.0000001) / 2, v = (double)rnd_float(state);
    return (float)(sqrt(-2 * log(u)) * cos(3.14159265358979 * v));
}

static void softmax(double *p, const float *logits)
{
    float most = logits[0];
    double sum = 0;

    for (int i = 1; i < VOCABULARY; i++)
        most = logits[i] > most ? logits[i] : most;
    for (int i = 0; i < VOCABULARY; i++)
        sum += p[i] = exp((double)logits[i] - (double)most);
    for (int i = 0; i < VOCABULARY; i++)
        p[i] /= sum;
}

static double divergence(const float *exact, const float *quantised)
{
    double p[VOCABULARY], q[VOCABULARY], sum = 0;

    softmax(p, exact);
    softmax(q, quantised);
    for (int i = 0; i < VOCABULARY; i++)
        sum += p[i] > 0 ? p[i] * log(p[i] / q[i]) : 0;
    return sum;
}

void check_quant_quality(struct checks *c)
{
    enum { COUNT = VOCABULARY * WIDTH };
    uint64_t state = check_seed(c, "quality");
    float *w = malloc(COUNT * sizeof *w), x[WIDTH], exact[VOCABULARY], got[VOCABULARY];
    struct kern_q8_0 *w8 = malloc(COUNT / 32 * sizeof *w8);
    struct kern_q4_0 *w4 = malloc(COUNT / 32 * sizeof *w4);
    void *work = malloc(kern_quant_work_size(WIDTH));

    for (int i = 0; i < COUNT; i++)
        w[i] = 4 / 32.0F * normal(&state); /* 32 = sqrt(WIDTH) */
    for (int i = 0; i < WIDTH; i++)
        x[i] = normal(&state);
    kern_quantize_q8_0_ref(w8, w, COUNT / 32);
    kern_quantize_q4_0_ref(w4, w, COUNT / 32);
    kern_gemv_f32_ref(exact, w, x, VOCABULARY, WIDTH);
    kern_gemv_q8_0_ref(got, w8, x, VOCABULARY, WIDTH, work);
    double kl8 = divergence(exact, got);
    kern_gemv_q4_0_ref(got, w4, x, VOCABULARY, WIDTH, work);
    double kl4 = divergence(exact, got);
    check_that(c, kl8 >= 0 && kl8 < 5e-3, "q8_0: divergence %.3g is not below 5e-3", kl8);
    check_that(c, kl4 > kl8 && kl4 < 0.2, "q4_0: divergence %.3g is not between q8_0's %.3g and 0.2", kl4, kl8);
    printf("divergence of a softmax over %d logits (deviation 4): q8_0 %.3g, q4_0 %.3g nats\n", VOCABULARY, kl8, kl4);
    free(w);
    free(w8);
    free(w4);
    free(work);
}
