# SPDX-License-Identifier: Apache-2.0
"""JSON from strangers: bounded, finite, without duplicate keys. Everything else is an Invalid with its reason."""
import json
import math

MAX_BYTES = 8 << 20
MAX_DEPTH = 4
MAX_DIGITS = 32


class Invalid(Exception):
    """What was given is not what it claims to be. The text is ours and carries nothing of the input but numbers."""


def _pairs(pairs):
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise Invalid("JSON: a key occurs twice")
    return keys


def _constant(_):
    raise Invalid("JSON: NaN or infinity")


def _number(kind):
    def parse(text):
        if len(text) > MAX_DIGITS:
            raise Invalid("JSON: a number is too long")
        value = kind(text)
        if not math.isfinite(value):
            raise Invalid("JSON: a number is too large")
        return value
    return parse


def _check_depth(text):
    """Before the parser, which is recursive, sees it."""
    depth, quoted, escaped = 0, False, False
    for c in text:
        if quoted:
            quoted, escaped = escaped or c != '"', not escaped and c == "\\"
        elif c == '"':
            quoted = True
        elif c in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Invalid("JSON: nested too deeply")
        elif c in "]}":
            depth -= 1


def load(data, limit=MAX_BYTES):
    """The value of a JSON document in UTF-8."""
    if len(data) > limit:
        raise Invalid(f"JSON: longer than {limit} bytes")
    try:
        text = data.decode("utf-8")
        _check_depth(text)
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_number(float),
                          parse_int=_number(int))
    except UnicodeDecodeError:
        raise Invalid("JSON: not UTF-8") from None
    except json.JSONDecodeError as e:
        raise Invalid(f"JSON: cut short or malformed at byte {e.pos} of {len(data)}") from None
