/* SPDX-License-Identifier: Apache-2.0
 * Which bytes are text. */
#ifndef KM_UTF8_H
#define KM_UTF8_H

#include <stddef.h>

/* Length of the valid UTF-8 character at s (1 to 4), or 0 where there is none: stray, overlong, surrogate, out of
 * range or cut by `left`. A NUL byte is a character of length 1. */
size_t utf8_length(const char *s, size_t left);

#endif
