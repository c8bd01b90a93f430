/* SPDX-License-Identifier: Apache-2.0
 * Data of the roofline figure. */
#include "reports/figure.h"

#include "reports/roofline.h"
#include "reports/source.h"
#include "reports/text.h"

#include <math.h>
#include <string.h>

enum { LABEL_WIDTH = 28, DOTS_MAX = 400, LABELS_MAX = 40 };

/* What the axes must hold. */
struct frame {
    double x_low, x_high, y_low, y_high;
};

/* The lines are those of one thread, so that the dots are, too. */
static bool drawable(const struct result *r)
{
    return r->status == STATUS_OK && r->bench.threads == 1 && r->summary.median > 0 && r->cost.flops > 0 &&
           r->cost.bytes > 0;
}

static double intensity(const struct result *r)
{
    return r->cost.flops / r->cost.bytes;
}

static double speed(const struct result *r)
{
    return r->cost.flops / r->summary.median;
}

/* The highest roof of each kind of one thread; the lines of narrower instruction sets only where they differ visibly. */
static bool shown(const struct roofline *line, const struct roof *roof)
{
    if (roof->threads > 1)
        return false;
    for (size_t i = 0; roof->memory && i < line->n; i++) {
        const struct roof *other = &line->roofs[i];
        if (other->memory && other->threads == 1 && strcmp(other->what, roof->what) == 0 && other->rate > roof->rate)
            return false;
    }
    return true;
}

static double highest(const struct roofline *line, bool memory)
{
    double most = 0;
    for (size_t i = 0; i < line->n; i++)
        if (line->roofs[i].memory == memory && line->roofs[i].threads == 1 && line->roofs[i].rate > most)
            most = line->roofs[i].rate;
    return most;
}

/* Block 0: label, then the two ends of the line. */
static void add_roofs(struct mem *m, const struct roofline *line, const struct frame *f, struct buf *out)
{
    double top = highest(line, false), fastest = highest(line, true);
    for (size_t i = 0; i < line->n; i++) {
        const struct roof *roof = &line->roofs[i];
        if (!shown(line, roof))
            continue;
        double from = roof->memory ? fmax(f->x_low, f->y_low / roof->rate)
                                   : fmin(fmax(f->x_low, roof->rate / fastest), f->x_high);
        double to = roof->memory ? fmin(top / roof->rate, f->x_high) : f->x_high;
        const char *name =
            roof->memory ? mem_printf(m, "%s %s", strcmp(roof->what, "dram") ? roof->what : "memory",
                                      show_rate(m, roof->rate, "B/s"))
                         : mem_printf(m, "%s %s %s", roof->what, roof->variant, show_rate(m, roof->rate, "flop/s"));
        buf_printf(out, "%s\t%.6g\t%.6g\t%.6g\t%.6g\t%d\n", text_label(m, name, LABEL_WIDTH), from,
                   roof->memory ? from * roof->rate : roof->rate, to, roof->memory ? to * roof->rate : roof->rate,
                   roof->memory);
    }
}

/* A label is set where no other is near: names on top of each other help nobody. */
struct place {
    double x, y;
};

static bool room_for(const struct place *taken, size_t n, const struct result *r, const struct frame *f)
{
    double wide = log(f->x_high / f->x_low), high = log(f->y_high / f->y_low);
    for (size_t i = 0; i < n; i++)
        if (fabs(log(intensity(r) / taken[i].x)) / wide < 0.16 && fabs(log(speed(r) / taken[i].y)) / high < 0.028)
            return false;
    return n < LABELS_MAX;
}

/* Whether this is the fastest variant of what it measures. */
static bool is_best(const struct run *run, const struct result *r)
{
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *other = &run->results[i];
        if (other != r && drawable(other) && result_same_case(other, r) && other->summary.median < r->summary.median)
            return false;
    }
    return true;
}

/* Block 1: intensity, speed, rank, label. */
static void add_dots(struct mem *m, const struct run *run, const struct frame *f, struct buf *out)
{
    struct place taken[LABELS_MAX];
    size_t n = 0, dots = 0;
    for (size_t i = 0; i < run->nresults && dots < DOTS_MAX; i++) {
        const struct result *r = &run->results[i];
        if (!drawable(r))
            continue;
        bool labelled = is_best(run, r) && room_for(taken, n, r, f);
        if (labelled)
            taken[n++] = (struct place){ intensity(r), speed(r) };
        const char *name = r->entry.component ? r->entry.component : r->bench.name;
        buf_printf(out, "%.6g\t%.6g\t%d\t%s\n", intensity(r), speed(r), figure_rank(&r->bench),
                   labelled ? text_label(m, name, LABEL_WIDTH) : "");
        dots++;
    }
}

static struct frame frame_of(const struct run *run, const struct roofline *line)
{
    struct frame f = { INFINITY, 0, INFINITY, highest(line, false) };
    for (size_t i = 0; i < run->nresults; i++) {
        const struct result *r = &run->results[i];
        if (!drawable(r))
            continue;
        f.x_low = fmin(f.x_low, intensity(r));
        f.x_high = fmax(f.x_high, intensity(r));
        f.y_low = fmin(f.y_low, speed(r));
        f.y_high = fmax(f.y_high, speed(r));
    }
    f.x_low = fmin(f.x_low, highest(line, false) / highest(line, true)) / 8; /* where all slanted lines can be seen */
    f.x_high *= 4;
    f.y_low /= 2;
    f.y_high *= 2;
    return f;
}

const char *figure_roofline(struct mem *m, const struct report_data *d, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < d->run->nresults; i++)
        n += drawable(&d->run->results[i]);
    if (!d->ceilings)
        return "the ceilings of this host were not measured";
    if (!n)
        return "no result of one thread has operations and bytes";
    struct roofline line = roofline_of(m, d->ceilings);
    if (!(highest(&line, true) > 0) || !(highest(&line, false) > 0))
        return "the ceilings of one thread were not measured";
    struct frame f = frame_of(d->run, &line);
    add_roofs(m, &line, &f, out);
    buf_puts(out, "\n\n");
    add_dots(m, d->run, &f, out);
    buf_printf(out, "\n\n%.6g\t%.6g\t%.6g\t%.6g\n", f.x_low, f.x_high, f.y_low, f.y_high);
    return NULL;
}
