#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gate in continuous integration: measures, keeps a bundle, shows it, and ends as the gate did. See ci/README.md.

Exit codes are kernmark's: 0 pass, 1 regression, 2 usage, 3 inconclusive, 4 failed or missing, 5 environment, 6 store,
70 whatever else went wrong here, also a bundle that is missing or cannot be believed."""
import sys


def main():
    from kernmark_ci import cli
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    try:
        sys.exit(main())
    except Exception as e:  # pylint: disable=broad-except # Python's own code for this is 1: a regression
        print(f"kernmark-ci: {type(e).__name__}: {e}", file=sys.stderr)
        sys.exit(70)
