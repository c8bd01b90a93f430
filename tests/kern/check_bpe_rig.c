/* SPDX-License-Identifier: Apache-2.0
 * Encoding with the variant under test, in memory that notices a byte too many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kern/check_bpe.h"

struct rig rig_new(struct checks *c, const char *name, kern_bpe_encode_utf8_fn *fn)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct rig r = { .c = c, .name = name, .fn = fn, .pages_len = TEXT_CAP + page };
    r.pages = mmap(NULL, r.pages_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (r.pages == MAP_FAILED || mprotect(r.pages + TEXT_CAP, page, PROT_NONE) != 0) {
        perror("check_bpe: memory");
        exit(1);
    }
    r.work_mem = guard_new(kern_bpe_work_bytes(TEXT_CAP), 8);
    r.work = (struct kern_bpe_work){ r.work_mem.data, r.work_mem.bytes };
    r.ids = guard_new(TEXT_CAP * sizeof(uint32_t), 4);
    r.want = guard_new(TEXT_CAP * sizeof(uint32_t), 4);
    r.back = guard_new(TEXT_CAP, 1);
    return r;
}

void rig_free(struct rig *r)
{
    munmap(r->pages, r->pages_len);
    guard_free(&r->work_mem);
    guard_free(&r->ids);
    guard_free(&r->want);
    guard_free(&r->back);
}

size_t rig_encode(struct rig *r, const unsigned char *text, size_t len, size_t cap)
{
    unsigned char *last = r->pages + TEXT_CAP - len;
    memmove(last, text, len);
    return r->fn(r->b, (uint32_t *)(void *)r->ids.data, cap, last, len, &r->work);
}

void rig_decodes_back(struct rig *r, size_t n, const unsigned char *text, size_t len)
{
    size_t got = n <= TEXT_CAP ? kern_bpe_decode(r->b, r->back.data, TEXT_CAP, (uint32_t *)(void *)r->ids.data, n) : 0;
    check_that(r->c, got == len, "decodes to %zu bytes, want %zu", got, len);
    if (got == len)
        check_that(r->c, memcmp(r->back.data, text, len) == 0, "decodes to other bytes");
}

void rig_agrees(struct rig *r, const unsigned char *text, size_t len)
{
    size_t want = kern_bpe_encode_utf8_ref(r->b, (uint32_t *)(void *)r->want.data, TEXT_CAP, text, len, &r->work);
    size_t n = rig_encode(r, text, len, TEXT_CAP);
    if (!check_that(r->c, n == want, "%zu ids, want %zu", n, want))
        return;
    check_that(r->c, memcmp(r->ids.data, r->want.data, n * sizeof(uint32_t)) == 0, "ids differ from the reference");
    rig_decodes_back(r, n, text, len);
}

void rig_guards_hold(struct rig *r)
{
    check_that(r->c, guard_ok(&r->ids), "wrote outside the ids");
    check_that(r->c, guard_ok(&r->work_mem), "wrote outside the work memory");
    check_that(r->c, guard_ok(&r->back), "decoding wrote outside the text");
}
