/* SPDX-License-Identifier: Apache-2.0
 * Runs a fuzz target without a fuzzer: replay FILE|FOLDER...
 *
 * Each file is given as it is, cut short at up to CUTS places and with a byte changed at up to CUTS places; always in a
 * block of its exact size, so that valgrind and sanitizers see every byte read too many. A target that fails ends the
 * process, after the name of the file on standard error; otherwise the last line is "N passed, 0 failed", N files. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { CUTS = 48, INPUT_MAX = 1 << 20 };

static void give(const unsigned char *bytes, size_t len)
{
    unsigned char *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    memcpy(exact, bytes, len);
    FUZZ_CHECK(LLVMFuzzerTestOneInput(exact, len) == 0);
    free(exact);
}

/* Deterministic: what is tried depends on the file alone. */
static void give_damaged(unsigned char *bytes, size_t len)
{
    size_t step = len / CUTS + 1;
    for (size_t at = 0; at < len; at += step) {
        unsigned char kept = bytes[at];
        give(bytes, at);
        bytes[at] = (unsigned char)(kept ^ (1U << at % 8));
        give(bytes, len);
        bytes[at] = kept;
    }
}

static void replay_file(const char *path)
{
    FILE *f = fopen(path, "rbe");
    unsigned char *bytes = malloc(INPUT_MAX);
    if (!f || !bytes) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
    size_t len = fread(bytes, 1, INPUT_MAX, f);
    fclose(f);
    fprintf(stderr, "%s\n", path);
    give(bytes, len);
    give_damaged(bytes, len);
    free(bytes);
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static size_t replay(const char *path)
{
    struct stat st;
    struct dirent **names;
    if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
        replay_file(path);
        return 1;
    }
    int n = scandir(path, &names, visible, alphasort);
    size_t passed = 0;
    for (int i = 0; i < n; i++) {
        char below[4096];
        snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
        passed += replay(below);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return passed;
}

int main(int argc, char **argv)
{
    size_t passed = 0;
    for (int i = 1; i < argc; i++)
        passed += replay(argv[i]);
    printf("%zu passed, %d failed\n", passed, passed == 0);
    return passed == 0;
}
