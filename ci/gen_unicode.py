#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes libkern/bpe_unicode.inc: the ranges of \\p{L}, \\p{N} and White_Space from U+0080 on.

    /usr/bin/python3 ci/gen_unicode.py > libkern/bpe_unicode.inc

The Unicode version is that of Python's unicodedata module and is named in the first lines of the output.
"""
import sys
import unicodedata

COLUMNS = 120


def class_of(code):
    """LETTER, NUMBER, SPACE or None. White_Space above ASCII is the categories Z* and U+0085."""
    category = unicodedata.category(chr(code))
    if category[0] == "Z" or code == 0x85:
        return "SPACE"
    return {"L": "LETTER", "N": "NUMBER"}.get(category[0])


def ranges():
    """(first, last, class) of maximal runs, ascending; classes of None left out."""
    first, current = 0x80, class_of(0x80)
    for code in range(0x81, sys.maxunicode + 2):
        following = class_of(code) if code <= sys.maxunicode else None
        if following != current or code > sys.maxunicode:
            if current:
                yield first, code - 1, current
            first, current = code, following


def main():
    print("/* SPDX-License-Identifier: Apache-2.0")
    print(f" * Made by `/usr/bin/python3 ci/gen_unicode.py > libkern/bpe_unicode.inc`; Unicode {unicodedata.unidata_version}.")
    print(" * Rows {first, last, class}, ascending: L letters, N numbers, S white space; all else is other. */")
    print("/* clang-format off */")
    line = ""
    for first, last, name in ranges():
        row = f"{{0x{first:X},0x{last:X},{name[0]}}},"
        if len(line) + len(row) > COLUMNS:
            print(line)
            line = ""
        line += row
    print(line)
    print("/* clang-format on */")


if __name__ == "__main__":
    main()
