/* SPDX-License-Identifier: Apache-2.0
 * The blob codec. Bytes are written one by one, so neither byte order nor alignment of the machine matters. */
#include "db/pack.h"

#include <string.h>

static void put_u64(struct buf *out, uint64_t v)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(v >> (8 * i));
    buf_add(out, bytes, sizeof bytes);
}

static void put_double(struct buf *out, double d)
{
    uint64_t v;
    memcpy(&v, &d, sizeof v);
    put_u64(out, v);
}

static uint64_t get_u64(const unsigned char *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static double get_double(const unsigned char *p)
{
    uint64_t v = get_u64(p);
    double d;
    memcpy(&d, &v, sizeof d);
    return d;
}

void pack_samples(struct buf *out, const double *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_double(out, samples[i]);
}

void pack_rounds(struct buf *out, const struct round *rounds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_u64(out, rounds[i].first);
        put_u64(out, rounds[i].count);
        put_u64(out, rounds[i].iterations);
        put_double(out, rounds[i].started);
        put_double(out, rounds[i].cpu_seconds);
    }
}

int unpack_samples(struct mem *m, const void *bytes, size_t len, double **out, size_t *n, struct err *e)
{
    *out = NULL;
    *n = 0;
    if (len % PACK_SAMPLE)
        return err_set(e, EXIT_STORE, "damaged samples: %zu bytes is no multiple of %d", len, PACK_SAMPLE);
    if (!len)
        return 0;
    *n = len / PACK_SAMPLE;
    *out = mem_array(m, *n, sizeof **out);
    for (size_t i = 0; i < *n; i++)
        (*out)[i] = get_double((const unsigned char *)bytes + i * PACK_SAMPLE);
    return 0;
}

static int get_round(struct round *r, const unsigned char *p, size_t nsamples, struct err *e)
{
    uint64_t first = get_u64(p), count = get_u64(p + 8);
    if (first > nsamples || count > nsamples - first)
        return err_set(e, EXIT_STORE, "damaged rounds: one reaches beyond the %zu samples", nsamples);
    *r = (struct round){
        .first = (size_t)first,
        .count = (size_t)count,
        .iterations = get_u64(p + 16),
        .started = get_double(p + 24),
        .cpu_seconds = get_double(p + 32),
    };
    return 0;
}

int unpack_rounds(struct mem *m, const void *bytes, size_t len, size_t nsamples, struct round **out, size_t *n,
                  struct err *e)
{
    *out = NULL;
    *n = 0;
    if (len % PACK_ROUND)
        return err_set(e, EXIT_STORE, "damaged rounds: %zu bytes is no multiple of %d", len, PACK_ROUND);
    if (!len)
        return 0;
    size_t count = len / PACK_ROUND;
    struct round *rounds = mem_array(m, count, sizeof *rounds);
    for (size_t i = 0; i < count; i++)
        if (get_round(&rounds[i], (const unsigned char *)bytes + i * PACK_ROUND, nsamples, e))
            return -1;
    *out = rounds;
    *n = count;
    return 0;
}
