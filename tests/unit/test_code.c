/* SPDX-License-Identifier: Apache-2.0
 * The hash of a program's code: from ELF files made by hand, whole and hostile, and from this very program. */
#include "harness/host/code.h"

#include "harness/base/mem.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT, DATA, RELOCATIONS, NOTE, DEBUG, ZEROS, SECTIONS, BODY = 16 };

/* A 64-bit ELF file: header, bodies of the sections, section headers. */
struct elf {
    Elf64_Ehdr header;
    unsigned char body[SECTIONS][BODY];
    Elf64_Shdr section[SECTIONS];
};

static struct elf sound(void)
{
    static const struct {
        uint32_t type;
        uint64_t flags;
    } kinds[SECTIONS] = {
        [TEXT] = { SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR },
        [DATA] = { SHT_PROGBITS, SHF_ALLOC | SHF_WRITE },
        [RELOCATIONS] = { SHT_RELA, SHF_ALLOC },
        [NOTE] = { SHT_NOTE, SHF_ALLOC },
        [DEBUG] = { SHT_PROGBITS, 0 },
        [ZEROS] = { SHT_NOBITS, SHF_ALLOC | SHF_WRITE },
    };
    struct elf e = { .header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB },
                                 .e_shoff = offsetof(struct elf, section),
                                 .e_shentsize = sizeof(Elf64_Shdr),
                                 .e_shnum = SECTIONS } };
    for (int i = 0; i < SECTIONS; i++) {
        memset(e.body[i], 0x40 + i, BODY);
        e.section[i] = (Elf64_Shdr){ .sh_type = kinds[i].type,
                                     .sh_flags = kinds[i].flags,
                                     .sh_addr = 0x1000 + (uint64_t)i * 0x100,
                                     .sh_offset = offsetof(struct elf, body) + (size_t)i * BODY,
                                     .sh_size = BODY };
    }
    return e;
}

struct place {
    char dir[64];
    char path[128];
};

static int make_place(void **state)
{
    static struct place p;
    const char *base = getenv("TMPDIR");
    snprintf(p.dir, sizeof p.dir, "%.40s/kernmark-code-XXXXXX", base && *base ? base : P_tmpdir);
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.path, sizeof p.path, "%s/program", p.dir);
    *state = &p;
    return 0;
}

static int remove_place(void **state)
{
    const struct place *p = *state;
    remove(p->path);
    return rmdir(p->dir);
}

enum { RING = 1024 };

/* The hash of a file with these bytes, good for RING more calls; "" if it has none. */
static const char *hash_of(const struct place *p, const void *bytes, size_t len)
{
    static char hex[RING][17];
    static int next;
    char *out = hex[next++ % RING];
    FILE *f = fopen(p->path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    strcpy(out, "untouched");
    if (code_hash(p->path, out))
        return "";
    assert_int_equal(strlen(out), 16);
    assert_int_equal(strspn(out, "0123456789abcdef"), 16);
    return out;
}

static const char *hash_elf(const struct place *p, const struct elf *e)
{
    return hash_of(p, e, sizeof *e);
}

static void code_counts_and_the_rest_does_not(void **state)
{
    const struct elf e = sound();
    const char *plain = hash_elf(*state, &e);
    for (int i = 0; i < SECTIONS; i++) {
        struct elf other = sound();
        bool counts = i == TEXT || i == DATA || i == RELOCATIONS;
        other.body[i][BODY - 1] ^= 1;
        if ((strcmp(plain, hash_elf(*state, &other)) != 0) != counts)
            fail_msg("the content of section %d counts wrongly", i);
        other = sound();
        other.section[i].sh_addr += 8;
        if ((strcmp(plain, hash_elf(*state, &other)) != 0) != (i != NOTE && i != DEBUG))
            fail_msg("the place of section %d counts wrongly", i);
    }
    struct elf other = sound();
    other.header.e_entry = 1; /* where it starts is in no section */
    other.section[TEXT].sh_name = 7;
    assert_string_equal(plain, hash_elf(*state, &other));
}

/* Moved within the file, and with more debug information behind it. */
static void the_layout_of_the_file_does_not_count(void **state)
{
    struct {
        struct elf e;
        unsigned char more[100];
    } moved = { .e = sound() };
    const struct elf e = sound();
    const char *plain = hash_elf(*state, &e);
    memcpy(moved.more, moved.e.body[TEXT], BODY);
    moved.e.section[TEXT].sh_offset = sizeof(struct elf);
    memset(moved.e.body[TEXT], 0xee, BODY);
    assert_string_equal(plain, hash_of(*state, &moved, sizeof moved));
}

/* What does not fit is "any other file": hashed whole, never read beyond its end. */
static void hostile_files(void **state)
{
    const struct elf e = sound();
    const char *plain = hash_elf(*state, &e);
    const uint64_t sizes[] = { sizeof e, sizeof e + 1, UINT64_MAX, UINT64_MAX - 15, INT64_MAX, (uint64_t)1 << 32 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct elf bad[4] = { e, e, e, e };
        bad[0].section[TEXT].sh_offset = sizes[i];
        bad[1].section[TEXT].sh_size = sizes[i];
        bad[2].header.e_shoff = sizes[i];
        bad[3].section[DATA].sh_offset = sizes[i] - BODY + 1;
        for (int k = 0; k < 4; k++) {
            const char *whole = hash_elf(*state, &bad[k]);
            assert_string_not_equal(whole, plain);
            bad[k].body[DEBUG][0] ^= 1; /* whole means whole */
            assert_string_not_equal(whole, hash_elf(*state, &bad[k]));
        }
    }
    struct elf bad[4] = { e, e, e, e };
    bad[0].header.e_shnum = UINT16_MAX;
    bad[1].header.e_shnum = 0;
    bad[2].header.e_shentsize = 1;
    bad[3].header.e_ident[EI_CLASS] = ELFCLASS32;
    for (int k = 0; k < 4; k++)
        assert_string_not_equal(hash_elf(*state, &bad[k]), plain);
    struct elf big = e;
    big.section[ZEROS].sh_offset = UINT64_MAX; /* has no bytes in the file, so that is no damage */
    assert_string_equal(hash_elf(*state, &big), plain);
}

static void cut_files(void **state)
{
    const struct elf e = sound();
    const char *plain = hash_elf(*state, &e);
    for (size_t len = 1; len < sizeof e; len++)
        assert_string_not_equal(hash_of(*state, &e, len), plain);
    assert_string_equal(hash_of(*state, "", 0), "");
}

static void other_files(void **state)
{
    const char *script = hash_of(*state, "#!/bin/sh\necho 1\n", 17);
    assert_string_equal(script, hash_of(*state, "#!/bin/sh\necho 1\n", 17));
    assert_string_not_equal(script, hash_of(*state, "#!/bin/sh\necho 2\n", 17));
    const struct place *p = *state;
    char hex[17];
    assert_int_equal(code_hash("/nonexistent/program", hex), -1);
    assert_int_equal(code_hash(p->dir, hex), -1);
    assert_int_equal(code_hash("/dev/null", hex), -1);
    remove(p->path);
    assert_int_equal(mkfifo(p->path, 0600), 0);
    assert_int_equal(code_hash(p->path, hex), -1); /* and does not wait for a writer */
}

static void compile(const struct place *p, const char *source, const char *flags, char hex[17])
{
    struct mem m = { 0 };
    char *file = mem_printf(&m, "%s.c", p->path);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(source, f);
    fclose(f);
    int rc = system(mem_printf(&m, "cc %s -o '%s' '%s' -lm 2>/dev/null", flags, p->path, file));
    remove(file);
    mem_free(&m);
    if (rc)
        skip(); /* no compiler here */
    assert_int_equal(code_hash(p->path, hex), 0);
}

/* Two builds of one source are the same code, with whatever debug information and build id; another constant, or another
 * function called through the same table, is another. */
static void real_builds(void **state)
{
    static const char one[] = "#include <math.h>\nint main(int c, char **v)\n{ (void)v; return (int)sin(c); }\n";
    static const char calls[] = "#include <math.h>\nint main(int c, char **v)\n{ (void)v; return (int)cos(c); }\n";
    char a[17], b[17], debug[17], id[17], other[17];
    compile(*state, one, "-O1", a);
    compile(*state, one, "-O1", b);
    compile(*state, one, "-O1 -g", debug);
    compile(*state, one, "-O1 -Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567", id);
    compile(*state, calls, "-O1", other);
    assert_string_equal(a, b);
    assert_string_equal(a, debug);
    assert_string_equal(a, id);
    assert_string_not_equal(a, other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(code_counts_and_the_rest_does_not),
        TEST(the_layout_of_the_file_does_not_count),
        TEST(hostile_files),
        TEST(cut_files),
        TEST(other_files),
        TEST(real_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
