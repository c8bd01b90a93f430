# SPDX-License-Identifier: Apache-2.0
"""Glue between `kernmark ab` and continuous integration. It judges nothing: every verdict is the command's own."""
