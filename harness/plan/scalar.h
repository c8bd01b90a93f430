/* SPDX-License-Identifier: Apache-2.0
 * What a word in a suite means as a value. Strict: the whole text must be the value; "010", "0x10", "1e3", "10x", "+1",
 * " 1" and "1." are none. Decimals have at most 15 digits, so that they are exact before they are scaled. */
#ifndef KM_SCALAR_H
#define KM_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

bool scalar_integer(const char *text, int64_t *out); /* -?digits */
bool scalar_decimal(const char *text, double *out);  /* digits[.digits] */
bool scalar_duration(const char *text, double *out); /* "20ms", "1.5 s"; ns us µs ms s min h; in seconds */
bool scalar_size(const char *text, double *out);     /* "512MiB"; B KB KiB MB MiB GB GiB; in bytes */
bool scalar_percent(const char *text, double *out);  /* "10%", as 0.10 */
bool scalar_identifier(const char *text);            /* letters, digits, '_', and inside '.' and '-'; at most 64 */
bool scalar_printable(const char *text);             /* no control characters, no line or paragraph separators */

#endif
