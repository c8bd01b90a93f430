/* SPDX-License-Identifier: Apache-2.0
 * How this program was built. The Makefile gives the flags to this file only; nothing here depends on the place or the
 * time of the build, so that the same sources and tools give the same hash. */
#include "harness/base/fnv.h"
#include "harness/host/host.h"
#include "harness/host/probe.h"

#include <string.h>

#ifndef KM_VERSION
#define KM_VERSION "unknown"
#endif
#ifndef KM_CFLAGS
#define KM_CFLAGS NULL
#endif
#ifndef KM_FLAGS_ref
#define KM_FLAGS_ref NULL
#endif
#ifndef KM_FLAGS_auto
#define KM_FLAGS_auto NULL
#endif
#ifndef KM_FLAGS_avx2
#define KM_FLAGS_avx2 NULL
#endif
#ifndef KM_FLAGS_avx512
#define KM_FLAGS_avx512 NULL
#endif
#ifndef KM_FLAGS_avx512vnni
#define KM_FLAGS_avx512vnni NULL
#endif
#ifndef KM_FLAGS_avx512bf16
#define KM_FLAGS_avx512bf16 NULL
#endif
#ifndef KM_FLAGS_avx512amx
#define KM_FLAGS_avx512amx NULL
#endif
#ifndef KM_FLAGS_neon
#define KM_FLAGS_neon NULL
#endif

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER NULL
#endif

#if defined(__x86_64__)
#define TARGET "x86_64"
#elif defined(__aarch64__)
#define TARGET "aarch64"
#elif defined(__riscv)
#define TARGET "riscv"
#else
#define TARGET NULL
#endif

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)
#ifdef __GLIBC__
#define LIBC "glibc " TEXT(__GLIBC__) "." TEXT(__GLIBC_MINOR__)
#else
#define LIBC NULL
#endif

#ifdef __OPTIMIZE__
#define OPTIMISED "yes"
#else
#define OPTIMISED "no"
#endif

#ifdef NDEBUG
#define ASSERTIONS "off"
#else
#define ASSERTIONS "on"
#endif

#define NO_FLAGS "not built for this architecture"

static const struct fact build_facts[] = {
    { "kernmark", "Kernmark", KM_VERSION, NULL },
    { "compiler", "Compiler", COMPILER, "unknown compiler" },
    { "target", "Target", TARGET, "unknown architecture" },
    { "libc", "C library headers", LIBC, "this C library does not tell its version" },
    { "optimised", "Optimised", OPTIMISED, NULL },
    { "assertions", "Assertions", ASSERTIONS, NULL },
    { "flags", "Compiler flags", KM_CFLAGS, "not given by the build" },
    { "flags.ref", "Flags of the scalar reference", KM_FLAGS_ref, NO_FLAGS },
    { "flags.auto", "Flags of compiler-vectorised code", KM_FLAGS_auto, NO_FLAGS },
    { "flags.avx2", "Flags of AVX2 code", KM_FLAGS_avx2, NO_FLAGS },
    { "flags.avx512", "Flags of AVX-512 code", KM_FLAGS_avx512, NO_FLAGS },
    { "flags.avx512vnni", "Flags of AVX-512 VNNI code", KM_FLAGS_avx512vnni, NO_FLAGS },
    { "flags.avx512bf16", "Flags of AVX-512 BF16 code", KM_FLAGS_avx512bf16, NO_FLAGS },
    { "flags.avx512amx", "Flags of AMX code", KM_FLAGS_avx512amx, NO_FLAGS },
    { "flags.neon", "Flags of NEON code", KM_FLAGS_neon, NO_FLAGS },
};
enum { NFACTS = sizeof build_facts / sizeof *build_facts };

const char *build_title(const char *key)
{
    for (size_t i = 0; i < NFACTS; i++)
        if (!strcmp(build_facts[i].key, key))
            return build_facts[i].title;
    return NULL;
}

/* Only flags tell of every sanitizer: GCC has no macro for the undefined-behaviour one. */
static struct fact sanitizer(void)
{
    const char *flags = KM_CFLAGS;
    struct fact f = { .key = "sanitizer", .title = "Sanitizer" };
    if (!flags)
        f.why = "the build gave no flags";
    else
        f.value = strstr(flags, "-fsanitize=") ? "yes" : "no";
    return f;
}

const char *build_version(void)
{
    return KM_VERSION;
}

void build_read(struct mem *m, struct build *out)
{
    *out = (struct build){ .facts = { .n = NFACTS + 1 } };
    out->facts.all = mem_array(m, NFACTS + 1, sizeof *out->facts.all);
    uint64_t hash = FNV_START;
    for (size_t i = 0; i <= NFACTS; i++) {
        struct fact *f = &out->facts.all[i];
        *f = i < NFACTS ? build_facts[i] : sanitizer();
        f->why = f->value ? NULL : f->why;
        hash = fnv_fact(hash, f);
    }
    char hex[17];
    fnv_hex(hash, hex);
    out->hash = mem_dup(m, hex);
}
