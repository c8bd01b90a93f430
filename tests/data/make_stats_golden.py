#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes stats_golden.tsv: what numpy, scipy and brute force say about the statistics in harness/stats.

A row is a name, then numbers: expected values first, then the data they belong to. The order is that of the tests.
Run it at development time from the repository root; the first line of the output is the command.
"""
import itertools
import statistics
import sys

import numpy as np
import scipy
from scipy import optimize, stats

rng = np.random.default_rng(20260101)


def row(name, *values):
    flat = [float(v) for value in values for v in np.ravel(value)]
    print(name, *("%.17g" % v for v in flat), sep="\t")


def moments():
    sets = [
        [3.0], [1.0, 2.0], [2.0, 2.0, 2.0], rng.normal(10, 1, 7), rng.lognormal(-13, 0.3, 30),
        1e9 + rng.normal(0, 1e-3, 25), np.round(rng.exponential(20, 60)), rng.standard_t(2, 101),
    ]
    for x in sets:
        x = np.asarray(x)
        sd = statistics.stdev(x.tolist()) if len(x) > 1 else np.nan  # exact; numpy's loses digits at 1e9
        row("moments", np.mean(x), sd, stats.median_abs_deviation(x), np.percentile(x, [5, 25, 50, 75, 95, 99]), x)


def tukey():
    for x in [rng.standard_t(1.5, 40), rng.exponential(1, 80), rng.normal(0, 1, 4)]:
        q1, q3 = np.percentile(x, [25, 75])
        beyond = np.maximum(q1 - x, x - q3) / (q3 - q1)
        row("tukey", np.sum((beyond > 1.5) & (beyond <= 3)), np.sum(beyond > 3), x)


def winsor():
    for n in (5, 6, 9, 10, 23):
        x = rng.normal(0, 1, n)
        g = n // 5
        w = stats.mstats.winsorize(np.sort(x), limits=(g / n, g / n)).data if g else np.sort(x)
        row("winsor", np.std(w, ddof=1) / (1 - 2 * g / n), n - 2 * g - 1, x)


def distributions():
    for z in (-37, -8, -3, -1.2, -1e-9, 0, 0.5, 2, 6):
        row("normal_cdf", stats.norm.cdf(z), z)
    for p in (1e-300, 1e-12, 1e-4, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999):
        row("normal_quantile", stats.norm.ppf(p), p)
    for df in (0.7, 1, 2, 3.5, 5, 14, 100, 5000):
        for t in (-40, -6, -2.1, -0.3, 0, 0.01, 1, 3, 12):
            row("t_cdf", stats.t.cdf(t, df), t, df)
        for p in (1e-6, 1e-3, 0.025, 0.2, 0.5, 0.6, 0.95, 0.9995):
            # t.ppf itself is off by 2e-9 at df 0.7; the root of t.cdf is not
            root = optimize.brentq(lambda t: stats.t.cdf(t, df) - p, -1e9, 1e9, xtol=1e-12, rtol=1e-14, maxiter=1000)
            row("t_quantile", 0 if p == 0.5 else root, p, df)
    for k, n, p in [(0, 1, .5), (0, 6, .5), (2, 10, .5), (29, 60, .5), (30, 61, .5), (480, 1000, .5), (0, 5, .1),
                    (3, 20, .05), (90, 1000, .1), (100, 100, .3), (499000, 1000000, .5), (5, 60, .5)]:
        row("binomial_cdf", stats.binom.cdf(k, n, p), k, n, p)


def interval():
    for level in (0.5, 0.9, 0.95, 0.99):
        for n in list(range(1, 30)) + [59, 60, 61, 100, 1000, 20001]:
            j = np.arange(0, n // 2 + 1)
            k = int(np.max(j[stats.binom.cdf(j - 1, n, 0.5) <= (1 - level) / 2]))
            kk = max(k, 1)
            row("interval", kk, 1 - 2 * stats.binom.cdf(kk - 1, n, 0.5), k > 0, n, level)


def ranks2(values):
    return np.round(2 * stats.rankdata(values)).astype(int)


def wilcoxon():
    for n in (1, 4, 9, 25, 50):
        d = rng.normal(0.3, 1, n)
        p = [stats.wilcoxon(d, alternative=a, method="exact").pvalue for a in ("greater", "less")]
        row("wilcoxon", np.sum(stats.rankdata(abs(d))[d > 0]), p, d)
    for n in (3, 6, 11):  # ties and a zero: by all sign patterns
        d = np.append(np.round(rng.normal(0.5, 1.5, n)), [0, 1])
        kept = d[d != 0]
        r = ranks2(abs(kept))
        seen = r[kept > 0].sum()
        sums = np.array([np.dot(r, s) for s in itertools.product((0, 1), repeat=len(r))])
        row("wilcoxon", seen / 2, np.mean(sums >= seen), np.mean(sums <= seen), d)


def mann_whitney():
    for nx, ny in ((1, 1), (3, 4), (6, 6), (8, 5), (20, 20), (2, 30)):
        x, y = rng.normal(0.5, 1, nx), rng.normal(0, 1, ny)
        p = [stats.mannwhitneyu(x, y, alternative=a, method="exact").pvalue for a in ("greater", "less")]
        row("mann_whitney", stats.mannwhitneyu(x, y).statistic, p, nx, x, y)
    for nx, ny in ((4, 5), (7, 4)):  # ties: by all ways to choose
        x, y = np.round(rng.normal(1, 1.5, nx)), np.round(rng.normal(0, 1.5, ny))
        r = ranks2(np.concatenate([x, y]))
        seen = r[:nx].sum()
        sums = np.array([sum(c) for c in itertools.combinations(r, nx)])
        row("mann_whitney", seen / 2 - nx * (nx + 1) / 2, np.mean(sums >= seen), np.mean(sums <= seen), nx, x, y)
    for decimals in (9, 0):  # large: the normal approximation, without and with ties
        x, y = np.round(rng.normal(0.2, 2, 40), decimals), np.round(rng.normal(0, 2, 30), decimals)
        p = [stats.mannwhitneyu(x, y, alternative=a, method="asymptotic").pvalue for a in ("greater", "less")]
        row("mann_whitney", stats.mannwhitneyu(x, y).statistic, p, 40, x, y)


def others():
    x, y = rng.normal(0, 1, 9), rng.normal(1, 1, 6)
    row("hodges_lehmann", np.median(np.subtract.outer(y, x)), len(x), x, y)
    for n in (1, 2, 7, 20):
        p = np.round(rng.uniform(0, 1, n) ** 3, 2)
        order = np.argsort(p, kind="stable")
        holm, bh = np.empty(n), np.empty(n)
        holm[order] = np.maximum.accumulate(np.minimum(1, (n - np.arange(n)) * p[order]))
        bh[order] = np.minimum.accumulate(np.minimum(1, n / np.arange(1, n + 1) * p[order])[::-1])[::-1]
        row("adjust", n, p, holm, bh)
    for n in (3, 5, 8, 20, 60):
        x = 5 + np.cumsum(rng.normal(0.2, 1, n)) * 0.1
        p = stats.kendalltau(np.arange(n), x, method="exact").pvalue
        row("trend", p, stats.theilslopes(x, np.arange(n))[0] * (n - 1) / np.median(x), x)


def unimodal_misfit(x, mode):
    """Least sup distance to the data of a distribution with its mode (and perhaps an atom) at x[mode], as a linear
    program: heights g of it left (0..mode) and right (mode..n-1) of each value, convex then concave, rising."""
    n = len(x)
    left, right = list(range(mode + 1)), list(range(mode, n))
    cols = len(left) + len(right) + 1
    rows, limits = [], []

    def at_most(pairs, limit):
        r = np.zeros(cols)
        for c, v in pairs:
            r[c] += v
        rows.append(r)
        limits.append(limit)

    d = cols - 1
    lcol = {i: c for c, i in enumerate(left)}
    rcol = {i: len(left) + c for c, i in enumerate(right)}
    for i in left:
        at_most([(lcol[i], 1), (d, -1)], i / n)
        at_most([(lcol[i], -1), (d, -1)], -((i + 1) / n if i < mode else i / n))
    for i in right:
        at_most([(rcol[i], -1), (d, -1)], -(i + 1) / n)
        at_most([(rcol[i], 1), (d, -1)], i / n if i > mode else (i + 1) / n)
    for col, side, sign in ((lcol, left, 1), (rcol, right, -1)):
        for a, b, c in zip(side, side[1:], side[2:]):
            u, v = 1 / (x[b] - x[a]), 1 / (x[c] - x[b])
            at_most([(col[a], -sign * u), (col[b], sign * (u + v)), (col[c], -sign * v)], 0)
        for a, b in zip(side, side[1:]):
            at_most([(col[a], 1), (col[b], -1)], 0)
    at_most([(lcol[mode], 1), (rcol[mode], -1)], 0)
    cost = np.zeros(cols)
    cost[d] = 1
    fit = optimize.linprog(cost, rows, limits, bounds=[(0, 1)] * (cols - 1) + [(0, None)], method="highs")
    return fit.fun


def dip():
    sets = [rng.uniform(0, 1, 8), rng.normal(0, 1, 15), np.append(rng.normal(0, 1, 7), rng.normal(8, 1, 7)),
            np.concatenate([rng.normal(c, .5, 6) for c in (0, 5, 9)]), rng.exponential(1, 20),
            np.append(rng.normal(0, .1, 20), rng.normal(1, .3, 10))]
    for x in sets:
        x = np.sort(x)
        row("dip", min(unimodal_misfit(x, m) for m in range(len(x))), x)


def random_numbers():
    """xoshiro256** seeded by splitmix64, in whole numbers; each output as its upper and lower 32 bits."""
    mask = (1 << 64) - 1
    seed, s = 42, []
    for _ in range(4):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        s.append(z ^ (z >> 31))
    out = []
    for _ in range(8):
        x = (s[1] * 5) & mask
        x = (((x << 7) | (x >> 57)) * 9) & mask
        out += [x >> 32, x & 0xFFFFFFFF]
        t = (s[1] << 17) & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & mask
    row("xoshiro", out)


print("# /usr/bin/python3 tests/data/make_stats_golden.py > tests/data/stats_golden.tsv  (Python %d.%d, numpy %s, scipy %s)"
      % (*sys.version_info[:2], np.__version__, scipy.__version__))
for part in (moments, tukey, winsor, distributions, interval, wilcoxon, mann_whitney, others, dip, random_numbers):
    part()
