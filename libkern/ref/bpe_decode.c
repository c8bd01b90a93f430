/* SPDX-License-Identifier: Apache-2.0
 * Decoding, reference: token by token. */
#include <kern/kern.h>

size_t kern_bpe_decode_utf8_ref(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)
{
    return kern_bpe_decode(b, out, cap, ids, n);
}
