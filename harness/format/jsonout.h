/* SPDX-License-Identifier: Apache-2.0
 * Pieces of JSON that are valid whatever they are given. */
#ifndef KM_JSONOUT_H
#define KM_JSONOUT_H

#include "harness/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* A quoted string. Control bytes are escaped; bytes that are no UTF-8 become U+FFFD; NULL becomes null. */
void json_put_string(struct buf *b, const char *s);

/* A number with all its digits, as "%.16e"; null for NAN and infinities, which JSON does not have. */
void json_put_number(struct buf *b, double x);

/* Fields of an object that is being written, one per line. A NULL text is left out. */
struct json_object {
    struct buf *b;
    int indent;
    bool any;
};

void json_field(struct json_object *o, const char *key); /* the key only; the value comes next */
void json_field_text(struct json_object *o, const char *key, const char *value);
void json_field_int(struct json_object *o, const char *key, int64_t value);
void json_field_number(struct json_object *o, const char *key, double value); /* null where it is none */
void json_field_bool(struct json_object *o, const char *key, bool value);

#endif
