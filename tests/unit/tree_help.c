/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_help.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "tree_help: %s: %s\n", what, strerror(errno));
    exit(99);
}

void tree_make(struct tree *t)
{
    strcpy(t->root, "/tmp/kernmark-test-XXXXXX");
    if (!mkdtemp(t->root))
        die(t->root);
}

static void make_parents(char *path)
{
    for (char *s = path + 1; (s = strchr(s, '/')); s++) {
        *s = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            die(path);
        *s = '/';
    }
}

void tree_write(const struct tree *t, const char *path, const void *data, size_t len)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", t->root, path);
    make_parents(full);
    FILE *f = fopen(full, "wb");
    if (!f || fwrite(data, 1, len, f) != len || fclose(f))
        die(full);
}

void tree_put(const struct tree *t, const char *path, const char *text)
{
    tree_write(t, path, text, strlen(text));
}

char *tree_slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        die(path);
    size_t cap = 1 << 22;
    char *data = malloc(cap + 1);
    if (!data)
        die(path);
    *len = fread(data, 1, cap, f);
    data[*len] = '\0';
    fclose(f);
    return data;
}

/* The next "-- path --" line at or after s, or the end. */
static char *next_section(char *s)
{
    while (*s && strncmp(s, "-- ", 3))
        s += strcspn(s, "\n") + (s[strcspn(s, "\n")] == '\n');
    return s;
}

void tree_unpack(const struct tree *t, const char *archive)
{
    size_t len;
    char *text = tree_slurp(archive, &len), path[256];
    for (char *s = next_section(text); *s;) {
        if (sscanf(s, "-- %255s --", path) != 1)
            die(archive);
        char *body = s + strcspn(s, "\n") + 1;
        s = next_section(body);
        tree_write(t, path, body, (size_t)(s - body));
    }
    free(text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void tree_remove(struct tree *t)
{
    if (*t->root && nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        die(t->root);
    *t->root = '\0';
}
