/* SPDX-License-Identifier: Apache-2.0
 * bpe_train: learns a vocabulary from files.
 *
 *     bpe_train MERGES OUTPUT FILE...
 *
 * The files are read one after the other as one text; OUTPUT is a merges file in GPT-2's format. */
#include <stdio.h>
#include <stdlib.h>

#include <kern/kern.h>

struct text {
    unsigned char *bytes;
    size_t len, cap;
};

static int append(struct text *t, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return -1;
    }
    for (size_t got = 1; got; t->len += got) {
        if (t->len == t->cap) {
            size_t cap = t->cap ? t->cap * 2 : 1 << 16;
            unsigned char *bytes = realloc(t->bytes, cap);
            if (!bytes)
                break;
            t->bytes = bytes;
            t->cap = cap;
        }
        got = fread(t->bytes + t->len, 1, t->cap - t->len, f);
    }
    int bad = ferror(f) || !feof(f);
    fclose(f);
    if (bad)
        fprintf(stderr, "%s: cannot be read\n", path);
    return bad ? -1 : 0;
}

static int train(const struct text *t, size_t merges, const char *output)
{
    struct kern_bpe *b;
    struct kern_bpe_error e;
    int status = kern_bpe_train(&b, t->bytes, t->len, merges, &e);
    if (status == KERN_BPE_OK)
        status = kern_bpe_save_merges(b, output, &e);
    if (status == KERN_BPE_OK)
        printf("%s: %zu merges from %zu bytes\n", output, kern_bpe_merges(b), t->len);
    else
        fprintf(stderr, "%s\n", e.text);
    kern_bpe_free(&b);
    return status == KERN_BPE_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long merges = argc > 3 ? strtoul(argv[1], &end, 10) : 0;
    if (argc < 4 || *end || merges == 0) {
        fprintf(stderr, "usage: %s MERGES OUTPUT FILE...\n", argv[0]);
        return 2;
    }
    struct text t = { 0 };
    int bad = 0;
    for (int i = 3; i < argc && !bad; i++)
        bad = append(&t, argv[i]);
    if (!bad)
        bad = train(&t, merges, argv[2]);
    free(t.bytes);
    return bad ? 1 : 0;
}
