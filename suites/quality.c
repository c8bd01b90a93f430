/* SPDX-License-Identifier: Apache-2.0 */
#include "suites/quality.h"

#include "suites/quant_util.h"

#include <math.h>
#include <string.h>

/* Normally distributed (Box and Muller, 1958), of deviation `scale`. */
static void fill_normal(float *x, size_t n, double scale, uint64_t *random)
{
    for (size_t i = 0; i < n; i++) {
        double u = ((double)(bu_random(random) >> 11) + 1) * 0x1p-53, v = (double)(bu_random(random) >> 11) * 0x1p-53;
        x[i] = (float)(scale * sqrt(-2 * log(u)) * cos(6.283185307179586 * v));
    }
}

struct quality *quality_begin(struct km_case *c, size_t work_bytes)
{
    struct quality *q = bu_alloc(sizeof *q, 0);
    uint64_t random = 20260101;
    void *work = bu_alloc(work_bytes, 0);
    if (!q || !work) {
        bu_free(q);
        bu_free(work);
        bu_cannot(c, "not enough memory");
        return NULL;
    }
    q->work = work;
    fill_normal(q->w, QUALITY_M * QUALITY_K, 4 / sqrt(QUALITY_K), &random);
    fill_normal(q->x, QUALITY_K, 1, &random);
    for (size_t i = 0; i < QUALITY_M; i++)
        for (size_t j = 0; j < QUALITY_K; j++)
            q->exact[i] += (double)q->w[i * QUALITY_K + j] * q->x[j];
    return q;
}

/* States three numbers about the outputs; the cosine. */
static double state_values(struct km_case *c, const float *got, const double *exact, size_t n)
{
    double square = 0, most = 0, both = 0, of_got = 0, of_exact = 0;
    for (size_t i = 0; i < n; i++) {
        double off = fabs(got[i] - exact[i]);
        square += off * off;
        most = off > most || isnan(off) ? off : most;
        both += got[i] * exact[i];
        of_got += (double)got[i] * got[i];
        of_exact += exact[i] * exact[i];
    }
    bu_state_value(c, "rmse", "1", sqrt(square / (double)n));
    bu_state_value(c, "max-error", "1", most);
    double cosine = both / sqrt(of_got * of_exact);
    bu_state_value(c, "cosine", "1", cosine);
    return cosine;
}

/* ln(sum of exp) of the exact outputs, or of the others. */
static double log_sum(const struct quality *q, int exact)
{
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < QUALITY_M; i++)
        most = fmax(most, exact ? q->exact[i] : (double)q->y[i]);
    for (int i = 0; i < QUALITY_M; i++)
        sum += exp((exact ? q->exact[i] : (double)q->y[i]) - most);
    return most + log(sum);
}

static double divergence(const struct quality *q)
{
    double of_exact = log_sum(q, 1), of_y = log_sum(q, 0), sum = 0;
    for (int i = 0; i < QUALITY_M; i++)
        sum += exp(q->exact[i] - of_exact) * ((q->exact[i] - of_exact) - (q->y[i] - of_y));
    return sum;
}

enum km_answer quality_end(struct km_case *c, struct quality *q)
{
    double cosine = state_values(c, q->y, q->exact, QUALITY_M);
    bu_state_value(c, "kl-divergence", "nats", divergence(q));
    bu_free(q->work);
    bu_free(q);
    return cosine >= 0.9 ? KM_RIGHT
                         : bu_wrong(c, "the quantised layer's answer has a cosine of %g to the exact one", cosine);
}

/* --- Q4_K -------------------------------------------------------------------------------------------------------- */

enum { PARTS = 8, PART = 32 };

/* v / unit to the nearest level from 0 to most. */
static int level_of(double v, double unit, int most)
{
    double level = unit > 0 ? nearbyint(v / unit) : 0;
    return (int)fmin(fmax(level, 0), most);
}

static void put_scales(uint8_t to[12], const int scale[PARTS], const int least[PARTS])
{
    for (int j = 0; j < 4; j++) {
        to[j] = (uint8_t)(scale[j] | scale[j + 4] >> 4 << 6);
        to[j + 4] = (uint8_t)(least[j] | least[j + 4] >> 4 << 6);
        to[j + 8] = (uint8_t)((scale[j + 4] & 15) | (least[j + 4] & 15) << 4);
    }
}

static void narrow_q4_k(struct kern_q4_k *to, const float *w)
{
    double step[PARTS], low[PARTS], most_step = 0, most_low = 0;
    int scale[PARTS], least[PARTS];
    for (int j = 0; j < PARTS; j++) {
        double high = 0;
        low[j] = 0;
        for (int i = 0; i < PART; i++) {
            low[j] = fmin(low[j], w[j * PART + i]);
            high = fmax(high, w[j * PART + i]);
        }
        step[j] = (high - low[j]) / 15;
        most_step = fmax(most_step, step[j]);
        most_low = fmax(most_low, -low[j]);
    }
    to->d = kern_f32_to_f16((float)(most_step / 63));
    to->dmin = kern_f32_to_f16((float)(most_low / 63));
    for (int j = 0; j < PARTS; j++) {
        scale[j] = level_of(step[j], qu_half(to->d), 63);
        least[j] = level_of(-low[j], qu_half(to->dmin), 63);
    }
    put_scales(to->scales, scale, least);
    memset(to->qs, 0, sizeof to->qs);
    for (int i = 0; i < KERN_Q4_K_BLOCK; i++) {
        int j = i / PART;
        int q = level_of(w[i] + qu_half(to->dmin) * least[j], qu_half(to->d) * scale[j], 15);
        to->qs[i / 64 * 32 + i % 32] |= (uint8_t)(q << i % 64 / 32 * 4);
    }
}

void quality_narrow_q4_k(void *blocks, const float *w, size_t n)
{
    struct kern_q4_k *to = blocks;
    for (size_t i = 0; i < n; i += KERN_Q4_K_BLOCK)
        narrow_q4_k(to++, w + i);
}
