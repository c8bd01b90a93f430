/* SPDX-License-Identifier: Apache-2.0
 * Reads ELF sections as untrusted data: whatever does not fit the file makes it "any other file". */
#include "harness/host/code.h"

#include "harness/base/fnv.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    const unsigned char *at;
    size_t size;
};

static bool inside(const struct image *f, uint64_t offset, uint64_t size)
{
    return offset <= f->size && size <= f->size - offset;
}

static bool is_elf(const struct image *f, Elf64_Ehdr *h)
{
    if (f->size < sizeof *h)
        return false;
    memcpy(h, f->at, sizeof *h);
    return !memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_shentsize == sizeof(Elf64_Shdr) && inside(f, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr));
}

/* Relocations and dynamic symbols too: of two programs with equal bytes they may make one call sin and one cos. */
static bool counts(const Elf64_Shdr *s)
{
    return (s->sh_flags & SHF_ALLOC) && s->sh_type != SHT_NOTE;
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    return fnv_add(hash, &number, sizeof number);
}

/* 0 if it has no such section, or one that is not in the file. */
static uint64_t hash_sections(const struct image *f, const Elf64_Ehdr *h)
{
    uint64_t hash = FNV_START;
    bool any = false;
    for (unsigned i = 0; i < h->e_shnum; i++) {
        Elf64_Shdr s;
        memcpy(&s, f->at + h->e_shoff + i * sizeof s, sizeof s);
        if (!counts(&s))
            continue;
        hash = add_number(add_number(hash, s.sh_addr), s.sh_size);
        any = true;
        if (s.sh_type == SHT_NOBITS)
            continue;
        if (!inside(f, s.sh_offset, s.sh_size))
            return 0;
        hash = fnv_add(hash, f->at + s.sh_offset, (size_t)s.sh_size);
    }
    return any ? hash : 0;
}

static uint64_t hash_image(const struct image *f)
{
    Elf64_Ehdr h;
    uint64_t hash = is_elf(f, &h) ? hash_sections(f, &h) : 0;
    return hash ? hash : fnv_add(FNV_START, f->at, f->size);
}

int code_hash(const char *path, char hex[17])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        return -1;
    bool usable = !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0;
    void *map = usable ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (map == MAP_FAILED)
        return -1;
    fnv_hex(hash_image(&(struct image){ map, (size_t)st.st_size }), hex);
    munmap(map, (size_t)st.st_size);
    return 0;
}
