/* SPDX-License-Identifier: Apache-2.0
 * Caches. A binding knows no host facts, so the few it needs it reads itself. */
#include "suites/ceilings.h"

#include <stdio.h>
#include <string.h>

/* The first line of a file of the cache, without its newline; "" where it cannot be read. */
static void line_of(const char *root, int index, const char *name, char *out, int size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/devices/system/cpu/cpu0/cache/index%d/%s", root, index, name);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(out, size, f))
        out[0] = '\0';
    if (f)
        fclose(f);
    out[strcspn(out, "\n")] = '\0';
}

/* "48K" */
static size_t size_of(const char *text)
{
    unsigned long number;
    char unit;
    if (sscanf(text, "%lu%c", &number, &unit) != 2 || number > 1ul << 30)
        return 0;
    return unit == 'K' ? (size_t)number << 10 : unit == 'M' ? (size_t)number << 20 : 0;
}

void ceiling_caches(const char *root, size_t sizes[CEILING_DRAM])
{
    enum { INDEXES = 10 };
    memset(sizes, 0, CEILING_DRAM * sizeof *sizes);
    for (int i = 0; i < INDEXES; i++) {
        char level[16], type[32], size[32];
        line_of(root, i, "level", level, sizeof level);
        line_of(root, i, "type", type, sizeof type);
        line_of(root, i, "size", size, sizeof size);
        if (level[0] >= '1' && level[0] < '1' + CEILING_DRAM && !level[1] && strcmp(type, "Instruction") != 0)
            sizes[level[0] - '1'] = size_of(size);
    }
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t ceiling_bytes(enum ceiling_level level, const size_t sizes[CEILING_DRAM], size_t memory, size_t threads)
{
    enum { LINES = 4096, OF_L2 = 16, BEYOND = 4 };
    size_t last = sizes[CEILING_L3] ? sizes[CEILING_L3] : sizes[CEILING_L2], bytes = 0;
    if (level == CEILING_L1 || level == CEILING_L2)
        return sizes[level] / 2 / LINES * LINES;
    if (level == CEILING_L3)
        bytes = sizes[CEILING_L3] ? lesser(sizes[CEILING_L3] / 2, OF_L2 * threads * sizes[CEILING_L2]) : 0;
    else if (last && BEYOND * last <= memory / 4)
        bytes = BEYOND * last;
    return bytes / threads / LINES * LINES;
}
