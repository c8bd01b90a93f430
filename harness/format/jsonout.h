/* SPDX-License-Identifier: Apache-2.0
 * Pieces of JSON that are valid whatever they are given. */
#ifndef KM_JSONOUT_H
#define KM_JSONOUT_H

#include "harness/base/buf.h"

/* A quoted string. Control bytes are escaped; bytes that are no UTF-8 become U+FFFD; NULL becomes null. */
void json_put_string(struct buf *b, const char *s);

/* A number with all its digits, as "%.16e"; null for NAN and infinities, which JSON does not have. */
void json_put_number(struct buf *b, double x);

#endif
