/* SPDX-License-Identifier: Apache-2.0
 * Text of unknown origin, made fit to print: UTF-8 decoding, terminal width, one clean line. */
#ifndef KM_TEXT_H
#define KM_TEXT_H

#include "harness/base/buf.h"
#include "harness/base/mem.h"

#include <stddef.h>
#include <stdint.h>

/* The next code point of *s, which moves on; 0 at the end. Bytes that are no UTF-8 give U+FFFD, one at a time. */
uint32_t text_next(const char **s);
void text_put(struct buf *b, uint32_t code_point);

/* Columns the text takes on a terminal: 0 for combining marks, 2 for East Asian wide characters and emoji. */
size_t text_width(const char *s);

/* One line of valid UTF-8 without control characters: line breaks and tabs become spaces, everything that could steer a
 * terminal or the reading direction becomes U+FFFD. NULL gives "". */
void text_line(struct buf *b, const char *s);

/* A label for a gnuplot data file: text_line() without quotes, backslashes and everything else that gnuplot or a shell
 * gives a meaning to, cut to `width` columns with an ellipsis; "-" if nothing is left to see. */
const char *text_label(struct mem *m, const char *s, size_t width);

/* A file name: [A-Za-z0-9._-] of s, never empty, never starting with '.' or '-', at most 100 bytes. */
const char *text_filename(struct mem *m, const char *s);

#endif
