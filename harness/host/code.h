/* SPDX-License-Identifier: Apache-2.0
 * Do two programs contain the same code? */
#ifndef KM_CODE_H
#define KM_CODE_H

/* 16 hex digits over what an ELF program loads and does not write about its own making: code, constants, data,
 * relocations and dynamic symbols, without the notes in which linkers put build ids, and without debug information. Two
 * programs with the same one run the same instructions. Of any other file, its content. Returns -1 where the file cannot
 * be read or is empty. */
int code_hash(const char *path, char hex[17]);

#endif
