# SPDX-License-Identifier: Apache-2.0
"""Foreign text in Markdown, workflow commands and XML. In none of them can it be anything but text."""
import re

# ASCII that may mean something to Markdown or HTML; what is left out means nothing within <code>.
_SIGNS = re.compile(r"[!-~](?<![A-Za-z0-9/:,()%=+-])")
# What GitHub makes a link of: kept apart by a break that is not seen.
_LINKS = re.compile(r"(&#64;|:(?=/)|www(?=&#46;))", re.I)


def markdown(text):
    """Foreign text as code: signs are character references, so neither Markdown nor HTML sees one; mentions and
    references (@user, #1) are not looked for within code, and addresses are interrupted."""
    return "<code>" + _LINKS.sub(r"\1<wbr>", _SIGNS.sub(lambda c: f"&#{ord(c[0])};", text)) + "</code>"


def command(text):
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text):
    """The value of a workflow command's property."""
    return command(text).replace(":", "%3A").replace(",", "%2C")


_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def _xml_char(char):
    if char in _XML:
        return _XML[char]
    code = ord(char)
    allowed = 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
    return char if allowed else "�"


def xml(text):
    """Text or a quoted attribute; what XML 1.0 cannot say becomes U+FFFD."""
    return "".join(map(_xml_char, text))
