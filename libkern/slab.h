/* SPDX-License-Identifier: Apache-2.0
 * Marks in the list of a pool of blocks. Not public. */
#ifndef LIBKERN_SLAB_H
#define LIBKERN_SLAB_H

enum { SLAB_END = 0x7FFFFFFF, SLAB_TAKEN = 0x7FFFFFFE }; /* beyond every block's number */

#endif
