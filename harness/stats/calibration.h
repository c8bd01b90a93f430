/* SPDX-License-Identifier: Apache-2.0
 * What several tests of the gate say together, and how sure that is. Pure. */
#ifndef KM_CALIBRATION_H
#define KM_CALIBRATION_H

#include "harness/base/result.h"

/* Adds up the lines of the same suites, filter, neighbour, threshold and effect, in place, orders them (without a neighbour
 * first, then by threshold and effect), and gives each its bounds. Version, seed and date are those of the latest, the
 * seconds of a gate the mean of what each test found typical, by its gates. Returns how many are left. */
size_t calibration_pool(struct calibration *lines, size_t n);

#endif
